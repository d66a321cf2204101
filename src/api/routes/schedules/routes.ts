import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentDues, presentRun, presentSchedule } from '#api/routes/schedules/presenter.js';
import { toScheduleChange, toScheduleOrder } from '#api/routes/schedules/request.js';
import {
  changeRoute,
  createRoute,
  disableRoute,
  duesRoute,
  enableRoute,
  listRoute,
  previewRoute,
  removeRoute,
  runRoute,
  runsRoute,
  showRoute,
} from '#api/routes/schedules/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { checkCron, checkTimezone } from '#domain/schedules/cron.js';
import { serverNow } from '#store/database/server-clock.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countRuns, listRuns } from '#store/schedules/schedule-runs.js';
import { countSchedules, findScheduleView, listSchedules } from '#store/schedules/schedules.js';
import { assertSiteNamed } from '#store/sites/sites.js';
import { changeSchedule, createSchedule, removeSchedule, runNow } from '#work/schedules/schedules.js';

const SCHEDULE_PATH = `${ROUTES.schedules}/:id`;

export function addScheduleRoutes(server: ApiServer, context: ApiContext): void {
  addReadingRoutes(server, context);
  const { work } = context;

  server.post(ROUTES.schedules, { schema: createRoute }, async (request, reply) => {
    const order = toScheduleOrder(request.body, actorOf(request));
    const schedule = presentSchedule(await createSchedule(work, order, { signal: clientSignal(reply) }));
    return reply.code(201).header('location', ROUTES.schedule(schedule.id)).send(schedule);
  });

  server.patch(SCHEDULE_PATH, { schema: changeRoute }, async (request, reply) => {
    const change = toScheduleChange(request.body);
    const parts = { change, actor: actorOf(request), signal: clientSignal(reply) };
    return presentSchedule(await changeSchedule(work, request.params.id, parts));
  });

  for (const [path, schema, enabled] of [
    ['enable', enableRoute, true],
    ['disable', disableRoute, false],
  ] as const) {
    server.post(`${SCHEDULE_PATH}/${path}`, { schema }, async (request, reply) => {
      const parts = { change: { enabled }, actor: actorOf(request), signal: clientSignal(reply) };
      return presentSchedule(await changeSchedule(work, request.params.id, parts));
    });
  }

  server.delete(SCHEDULE_PATH, { schema: removeRoute }, async (request, reply) => {
    await removeSchedule(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });

  server.post(`${SCHEDULE_PATH}/run`, { schema: runRoute }, async (request, reply) =>
    reply.code(202).send(await runNow(work, request.params.id, { actor: actorOf(request) })),
  );
}

function addReadingRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.schedules, { schema: listRoute }, ({ query }) =>
    inSnapshot(read, async (snapshot) => {
      if (query.site !== undefined) await assertSiteNamed(snapshot, query.site);
      const views = await listSchedules(snapshot, query, rowsOf(query));
      return presentPage(query, views.map(presentSchedule), await countSchedules(snapshot, query));
    }),
  );
  server.get(SCHEDULE_PATH, { schema: showRoute }, async ({ params }) =>
    presentSchedule(await findScheduleView(read, params.id)),
  );
  server.get(`${SCHEDULE_PATH}/next-run`, { schema: duesRoute }, async ({ params, query }) => {
    const schedule = await findScheduleView(read, params.id);
    const { enabled } = schedule;
    return presentDues(schedule, { nowMs: await serverNow(read), count: query.count, enabled });
  });
  server.post(ROUTES.schedulePreview, { schema: previewRoute }, async ({ body }) => {
    const time = { cron: checkCron(body.cron), timezone: checkTimezone(body.timezone) };
    return presentDues(time, { nowMs: await serverNow(read), count: body.count, enabled: true });
  });
  server.get(`${SCHEDULE_PATH}/runs`, { schema: runsRoute }, ({ params, query }) =>
    inSnapshot(read, async (snapshot) => {
      const { id } = await findScheduleView(snapshot, params.id);
      const runs = await listRuns(snapshot, id, { ...rowsOf(query), state: query.state });
      return presentPage(query, runs.map(presentRun), await countRuns(snapshot, id, query.state));
    }),
  );
}
