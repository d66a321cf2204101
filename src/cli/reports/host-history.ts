import { type Row, renderTable } from '#cli/output/table.js';
import { oneLine } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import type { HostChange } from '#contract/hosts/host.js';
import { findingReasonText } from '#domain/enrichment/finding-text.js';
import { shortUid } from '#domain/errors/uid.js';

/** A line for each change: what, from what to what, why, and by which scan or person. */
export function historyTable(changes: readonly HostChange[], color: boolean): string {
  return renderTable(changes.map(changeRow), { color, heads: HEADS });
}

/** States that older history was deleted. Empty where all of it is kept. */
export function keptSince(historySince: string | null): string {
  if (historySince === null) return '';
  return `Older changes than ${localTime(historySince)} are kept no longer, but for the newest of each.\n`;
}

const HEADS = ['OBSERVED', 'FACT', 'CHANGE', 'REASON', 'BY'];
function changeRow(change: HostChange): Row {
  return [
    localTime(change.observed_at),
    change.port === null ? change.fact : `${change.port}/${change.protocol ?? '?'} ${factText(change.fact)}`,
    oneLine(`${change.old_value ?? '-'} → ${change.new_value ?? '-'}`),
    findingReasonText(change.fact, change.reason) ?? '-',
    causeOf(change),
  ];
}

/** Facts whose name is no word of their own. */
const FACT_TEXTS: ReadonlyMap<string, string> = new Map([
  ['ssh_host_key', 'SSH host key'],
  ['tls_certificate', 'TLS certificate'],
]);

function factText(fact: string): string {
  return FACT_TEXTS.get(fact) ?? fact;
}

/** As much of an id as `scanorama scans show` and `hosts undo` take. */
function causeOf({ scan_id, actor, edit }: HostChange): string {
  if (scan_id !== null) return `scan ${scan_id}`;
  return `${actor ?? '-'}${edit === null ? '' : `, edit ${shortUid(edit)}`}`;
}
