import type { z } from 'zod';
import { toSettingChanges } from '#api/routes/setting-changes.js';
import type { scanRequestSchema } from '#contract/scans/scan.js';
import type { Executor } from '#store/database/database.js';
import type { Actor } from '#work/context/context.js';
import { inputFrom } from '#work/profiles/apply-profile.js';
import type { ScanInput } from '#work/scans/prepare-scan.js';
import type { ScanOrder } from '#work/scans/start-scan.js';

type ValidScanRequest = z.output<typeof scanRequestSchema>;

/** Throws `not_found` for a profile that is not there. */
export async function toInput(executor: Executor, request: ValidScanRequest): Promise<ScanInput> {
  const { targets, exclude, site, profile } = request;
  return {
    ...(await inputFrom(executor, profile ?? undefined, toSettingChanges(request))),
    site,
    targets,
    exclude,
    // Every key is an administrator's as long as there are no others.
    outsideScope: request.outside_scope,
  };
}

export async function toOrder(
  executor: Executor,
  request: ValidScanRequest,
  actor: Actor,
): Promise<ScanOrder> {
  return {
    ...(await toInput(executor, request)),
    name: request.name ?? null,
    description: request.description ?? null,
    tags: request.tags,
    confirmLarge: request.confirm_large,
    confirmUnscoped: request.confirm_unscoped,
    actor,
  };
}
