import { type Call, methodsOver } from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import { type BulkNetworkRemoval, networkRemovalOutcomeSchema } from '#contract/networks/bulk.js';
import {
  type BulkScanDeletion,
  type BulkScanTags,
  scanDeletionOutcomeSchema,
  scanRestoreOutcomeSchema,
  scanTagsOutcomeSchema,
  scanTagsSchema,
} from '#contract/scans/bulk.js';

/** The part of the client that does the same to many scans or networks, and tags scans. */
export function bulkCalls(call: Call) {
  const { post, put, remove } = methodsOver(call);

  return {
    tagScans: (body: BulkScanTags) => post(scanTagsOutcomeSchema, ROUTES.bulkScanTags, body),
    setScanTags: (id: string, tags: readonly string[]) => put(scanTagsSchema, ROUTES.scanTags(id), { tags }),
    addScanTags: (id: string, tags: readonly string[]) => post(scanTagsSchema, ROUTES.scanTags(id), { tags }),
    removeScanTags: (id: string, tags: readonly string[]) =>
      remove(scanTagsSchema, ROUTES.scanTags(id), { tags }),
    deleteScans: (body: BulkScanDeletion) => post(scanDeletionOutcomeSchema, ROUTES.bulkScanDeletion, body),
    restoreScans: (ids: readonly string[]) =>
      post(scanRestoreOutcomeSchema, ROUTES.bulkScanRestore, { scan_ids: ids }),
    removeNetworks: (body: BulkNetworkRemoval) =>
      post(networkRemovalOutcomeSchema, ROUTES.bulkNetworkRemoval, body),
  };
}
