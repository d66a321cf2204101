import type { Context } from '#cli/program/command.js';
import { spokenAs } from '#cli/program/program-name.js';
import type { EditOutcome } from '#contract/hosts/edit.js';
import { counted } from '#domain/text/count-text.js';

/** What an edit did, and how it is taken back. */
export function outcomeText(outcome: EditOutcome, { io }: Pick<Context, 'io'>): string {
  const { edit, hosts_matched: matched, hosts_changed: changed, dry_run: dryRun } = outcome;
  if (dryRun) return `${stakeText(outcome)} Nothing was changed.`;
  if (edit === null) return `Nothing changed: ${counted(matched, 'host')} ${are(matched)} so already.`;
  return withUndo(`${counted(changed, 'host')} changed`, outcome, { io });
}

/** What an edit did, which is known, and how it is taken back. */
export function withUndo(
  done: string,
  { edit }: Pick<EditOutcome, 'edit'>,
  { io }: Pick<Context, 'io'>,
): string {
  if (edit === null) return `${done}.`;
  return `${done}; ${spokenAs(io, takenBackBy(edit))}.`;
}

/** How an edit is taken back, now and later. */
export function takenBackBy(edit: string): string {
  return `\`scanorama hosts undo ${edit}\` takes it back (\`scanorama hosts edits\` lists the ids)`;
}

/** `2 hosts and 1 scan`; undefined for none of both. */
export function hostsAndScans(hosts: number, scans: number): string | undefined {
  const parts = [hosts > 0 ? counted(hosts, 'host') : '', scans > 0 ? counted(scans, 'scan') : ''];
  return parts.filter((part) => part !== '').join(' and ') || undefined;
}

/** What an edit would do. */
export function stakeText({ hosts_matched: matched, hosts_changed: changed, examples }: EditOutcome): string {
  const more = changed > examples.length ? ' …' : '';
  const which = changed === 0 ? '' : `: ${examples.join(', ')}${more}`;
  return `${counted(matched, 'host')} ${are(matched)} meant, ${counted(changed, 'host')} would change${which}.`;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}
