import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { actorOf } from '#api/auth/guard.js';
import type { ApiContext, ApiServer } from '#api/context.js';
import { clientSignal } from '#api/http/client-signal.js';
import { presentDeletion, presentMarks, presentTagged } from '#api/routes/scan-bulk/presenter.js';
import {
  addTagsRoute,
  bulkDeleteRoute,
  bulkRestoreRoute,
  bulkTagsRoute,
  removeTagsRoute,
  setTagsRoute,
} from '#api/routes/scan-bulk/schemas.js';
import { readScan, toScanFilter } from '#api/routes/scans/queries.js';
import { namedOrFound } from '#api/routes/selection.js';
import { ROUTES } from '#contract/api/routes.js';
import type { bulkScanDeletionSchema } from '#contract/scans/bulk.js';
import type { WorkContext } from '#work/context/context.js';
import type { MembershipInput } from '#work/hosts/host-edit-request.js';
import { changedBy } from '#work/scans/delete-scan.js';
import { deleteScans, restoreScans } from '#work/scans/delete-scans.js';
import type { ScanSelection } from '#work/scans/select-scans.js';
import { tagScans } from '#work/scans/tag-scans.js';

const TAGS_PATH = `${ROUTES.scans}/:id/tags`;

export function addScanBulkRoutes(server: ApiServer, { work }: ApiContext): void {
  server.post(ROUTES.bulkScanTags, { schema: bulkTagsRoute }, async (request) => {
    const { action, tags, dry_run: dryRun, expected } = request.body;
    const scans = selectionOf(request.body);
    const order = { scans, tags: { [action]: tags }, actor: actorOf(request), dryRun, expected };
    return presentTagged(await tagScans(work, order), dryRun);
  });
  server.post(ROUTES.bulkScanDeletion, { schema: bulkDeleteRoute }, async (request, reply) => {
    const { dry_run: dryRun } = request.body;
    const [which, signal] = [selectionOf(request.body), clientSignal(reply)];
    const order = { which, actor: actorOf(request), dryRun, signal };
    return presentDeletion(await deleteScans(work, order), dryRun);
  });
  server.post(ROUTES.bulkScanRestore, { schema: bulkRestoreRoute }, async (request) => {
    const marks = await restoreScans(work, request.body.scan_ids, actorOf(request));
    return { scans_restored: changedBy(marks).length, results: presentMarks(marks, 'restored') };
  });

  server.put(TAGS_PATH, { schema: setTagsRoute }, (request) =>
    tagOne(work, request, { set: request.body.tags }),
  );
  server.post(TAGS_PATH, { schema: addTagsRoute }, (request) =>
    tagOne(work, request, { add: request.body.tags }),
  );
  server.delete(TAGS_PATH, { schema: removeTagsRoute }, (request) =>
    tagOne(work, request, { remove: request.body.tags }),
  );
}

type Selecting = Pick<z.output<typeof bulkScanDeletionSchema>, 'scan_ids' | 'filter' | 'only_ids'>;

function selectionOf({ scan_ids: ids, filter, only_ids: only }: Selecting): ScanSelection {
  const probed = namedOrFound({ noun: 'Scans', member: 'scan_ids', ids, filter, only });
  if (probed.filter === undefined) return { uids: probed.uids };
  return { matching: toScanFilter(probed.filter), only: probed.only };
}

type ScanRequest = Pick<FastifyRequest, 'identity'> & { readonly params: { readonly id: string } };

async function tagOne(work: WorkContext, request: ScanRequest, tags: MembershipInput) {
  const { id } = request.params;
  await tagScans(work, { scans: { uids: [id] }, tags, actor: actorOf(request) });
  const scan = await readScan(work.store.read, id);
  return { tags: scan.tags.map(({ name }) => name) };
}
