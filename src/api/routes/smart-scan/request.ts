import { selectionFilter } from '#domain/smart-scan/selection.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { assertNamesThere } from '#store/filter/filter-names.js';
import type { SmartScanQuestion } from '#work/smart-scan/plan-smart-scan.js';

/** What any of the requests may say. */
export interface Probed {
  readonly site?: string | undefined;
  readonly network_cidr?: string | undefined;
  readonly os_family?: string | undefined;
  readonly filter?: string | undefined;
  readonly stage?: SmartScanStage | undefined;
  readonly threshold: number;
  readonly max_staleness_hours: number;
  readonly resolver?: string | undefined;
  readonly confirm_large?: boolean;
  readonly confirm_unscoped?: boolean;
}

/** Throws `invalid_filter`, `filter_names_nothing`, and `invalid_request` for what is no network. */
export async function toQuestion(executor: Executor, probed: Probed): Promise<SmartScanQuestion> {
  const filter = selectionFilter({
    networkCidr: probed.network_cidr,
    osFamily: probed.os_family,
    filter: probed.filter,
  });
  if (probed.filter !== undefined) await assertNamesThere(executor, probed.filter);
  const { site, stage, threshold, resolver } = probed;
  return {
    site,
    stage,
    threshold,
    resolver,
    maxStalenessHours: probed.max_staleness_hours,
    filter,
  };
}
