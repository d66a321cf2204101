import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { MAX_SCAN_BODY_BYTES } from '#api/http/body.js';
import { clientSignal } from '#api/http/client-signal.js';
import { readScanDiff } from '#api/routes/scans/diff.js';
import { presentPlan } from '#api/routes/scans/presenter.js';
import { readScan, readScanResults, readScans } from '#api/routes/scans/queries.js';
import { toInput, toOrder } from '#api/routes/scans/request.js';
import {
  deleteRoute,
  diffRoute,
  listRoute,
  planRoute,
  purgeRoute,
  restoreRoute,
  resultsRoute,
  resumeRoute,
  showRoute,
  startRoute,
  stopRoute,
} from '#api/routes/scans/schemas.js';
import { ROUTES } from '#contract/api/routes.js';
import { countExcluded } from '#work/exclusions/excluded-targets.js';
import { deleteScan, purgeScan, restoreScan } from '#work/scans/delete-scan.js';
import { prepareScan } from '#work/scans/prepare-scan.js';
import { resumeScan } from '#work/scans/resume-scan.js';
import { startScan } from '#work/scans/start-scan.js';
import { stopScan } from '#work/scans/stop-scan.js';

const SCAN_PATH = `${ROUTES.scans}/:id`;

export function addScanRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;
  const bodyLimit = MAX_SCAN_BODY_BYTES;

  server.get(ROUTES.scans, { schema: listRoute }, (request) => readScans(read, request.query));
  server.get(SCAN_PATH, { schema: showRoute }, (request) => readScan(read, request.params.id));
  server.get(`${SCAN_PATH}/results`, { schema: resultsRoute }, (request) =>
    readScanResults(read, request.params.id, request.query),
  );
  server.get(`${SCAN_PATH}/diff`, { schema: diffRoute }, (request) =>
    readScanDiff(read, request.params.id, request.query),
  );

  server.post(ROUTES.scans, { bodyLimit, schema: startRoute }, async (request, reply) => {
    const order = await toOrder(read, request.body, actorOf(request));
    const uid = await startScan(work, order, clientSignal(reply));
    return reply
      .code(201)
      .header('location', ROUTES.scan(uid))
      .send(await readScan(read, uid));
  });

  server.post(ROUTES.scanPlan, { bodyLimit, schema: planRoute }, async (request, reply) => {
    const input = await toInput(read, request.body);
    const prepared = await prepareScan(work, input, clientSignal(reply));
    return presentPlan(input, prepared, await countExcluded(work, prepared));
  });

  server.post(`${SCAN_PATH}/stop`, { schema: stopRoute }, async (request) => {
    await stopScan(work, request.params.id);
    return readScan(read, request.params.id);
  });

  server.post(`${SCAN_PATH}/resume`, { schema: resumeRoute }, async (request) => {
    await resumeScan(work, request.params.id, actorOf(request));
    return readScan(read, request.params.id);
  });

  server.delete(SCAN_PATH, { schema: deleteRoute }, async (request) => {
    await deleteScan(work, request.params.id, actorOf(request));
    return readScan(read, request.params.id);
  });

  server.post(`${SCAN_PATH}/restore`, { schema: restoreRoute }, async (request) => {
    const restored = await restoreScan(work, request.params.id, actorOf(request));
    return { ...(await readScan(read, request.params.id)), restored };
  });

  server.post(`${SCAN_PATH}/purge`, { schema: purgeRoute }, async (request, reply) => {
    await purgeScan(work, request.params.id, actorOf(request));
    return reply.code(204).send();
  });
}
