import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { hostUidOf } from '#api/routes/hosts/queries.js';
import {
  presentOutcome,
  presentRecommendations,
  presentStage,
  presentSuggestions,
} from '#api/routes/smart-scan/presenter.js';
import { type Probed, toQuestion } from '#api/routes/smart-scan/request.js';
import {
  recommendationsRoute,
  stageRoute,
  suggestionsRoute,
  triggerBatchRoute,
  triggerRoute,
} from '#api/routes/smart-scan/schemas.js';
import { API_PREFIX, ROUTES } from '#contract/api/routes.js';
import { SMART_SCAN_STAGES, type SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import type { DecidedHost } from '#work/smart-scan/plan-smart-scan.js';
import { smartScanStageOf, suggestSmartScans, triggerSmartScan } from '#work/smart-scan/smart-scan.js';
import { recommendProfiles } from '#work/smart-scan/smart-scan-profiles.js';

const HOST_PATH = `${API_PREFIX}/smart-scan/hosts/:id`;

export function addSmartScanRoutes(server: ApiServer, { work }: ApiContext): void {
  const { read } = work.store;

  server.get(ROUTES.smartScanSuggestions, { schema: suggestionsRoute }, async ({ query }) => {
    const order = { ...(await toQuestion(read, query)), limit: query.limit };
    return presentSuggestions(await suggestSmartScans(work, order, SMART_SCAN_STAGES));
  });
  server.get(ROUTES.smartScanProfiles, { schema: recommendationsRoute }, async () =>
    presentRecommendations(await recommendProfiles(work, read)),
  );
  server.get(`${HOST_PATH}/stage`, { schema: stageRoute }, async ({ params, query }) =>
    presentStage(
      await smartScanStageOf(work, await hostUidOf(read, params.id), await toQuestion(read, query)),
    ),
  );

  server.post(`${HOST_PATH}/trigger`, { schema: triggerRoute }, async (request, reply) => {
    const uid = await hostUidOf(read, request.params.id);
    const question = { ...(await toQuestion(read, request.body)), hosts: [uid] };
    const outcome = await triggerSmartScan(
      work,
      { ...question, ...confirmationsOf(request.body), actor: actorOf(request) },
      clientSignal(reply),
    );
    const [scan] = outcome.scans;
    const why = scan?.hosts[0] ?? (await smartScanStageOf(work, uid, question));
    const reason = reasonOf(why, scan?.stage ?? request.body.stage);
    return reply.code(scan === undefined ? 200 : 202).send({ ...presentOutcome(outcome), reason });
  });
  server.post(ROUTES.triggerSmartScans, { schema: triggerBatchRoute }, async (request, reply) => {
    const { host_ids: hosts, limit } = request.body;
    const order = {
      ...(await toQuestion(read, request.body)),
      ...confirmationsOf(request.body),
      hosts,
      limit,
    };
    const outcome = await triggerSmartScan(work, { ...order, actor: actorOf(request) }, clientSignal(reply));
    return reply.code(202).send(presentOutcome(outcome));
  });
}

/** Why a host is scanned for a stage, or is not. */
function reasonOf({ decision }: DecidedHost, stage: SmartScanStage | undefined): string {
  const verdict = decision.stages.find((one) => one.stage === stage);
  return decision.skipped ?? verdict?.reason ?? decision.reason;
}

function confirmationsOf(probed: Probed) {
  return { confirmLarge: probed.confirm_large, confirmUnscoped: probed.confirm_unscoped };
}
