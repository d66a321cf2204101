import { allOf, type Filter, fieldIs } from '#domain/filter/filter.js';
import { readFilter } from '#domain/filter/read.js';
import { parseNetworkCidr } from '#domain/network-cidr.js';
import type { SmartScanStage } from '#domain/smart-scan.js';
import type { Executor } from '#store/database.js';
import { assertNamesThere } from '#store/filter-names.js';
import type { SmartScanQuestion } from '#work/plan-smart-scan.js';

/** What any of the requests may say. */
export interface Asked {
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
export async function toQuestion(executor: Executor, asked: Asked): Promise<SmartScanQuestion> {
  const filter = filterOf(asked);
  if (asked.filter !== undefined) await assertNamesThere(executor, asked.filter);
  const { site, stage, threshold, resolver } = asked;
  return {
    site,
    stage,
    threshold,
    resolver,
    maxStalenessHours: asked.max_staleness_hours,
    filter,
  };
}

function filterOf({ network_cidr: cidr, os_family: family, filter }: Asked): Filter | undefined {
  const parts: Filter[] = [];
  if (cidr !== undefined)
    parts.push(fieldIs('address', { type: 'address', range: parseNetworkCidr(cidr).range }));
  if (family !== undefined) parts.push(fieldIs('os', { type: 'text', pattern: [family] }));
  if (filter !== undefined) parts.push(readFilter(filter));
  return parts.length === 0 ? undefined : allOf(parts);
}
