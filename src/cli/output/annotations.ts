import { renderTable } from '#cli/output/table.js';
import { oneLine } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import type { HostNote } from '#contract/api/annotation.js';
import type { HostDetail } from '#contract/hosts/host.js';

/** Tags, groups, owner and custom fields of a host as facts. Empty when it has none. */
export function annotationFacts({ tags, groups, owner, fields }: HostDetail): (readonly [string, string])[] {
  return [
    ...(tags.length === 0 ? [] : [['Tags', tags.map(({ name }) => name).join(', ')] as const]),
    ...(groups.length === 0 ? [] : [['Groups', groups.join(', ')] as const]),
    ...(owner === null ? [] : [['Owner', ownerText(owner)] as const]),
    ...fields.map(({ name, value }) => [name, value] as const),
  ];
}

function ownerText({ name, contact, network }: NonNullable<HostDetail['owner']>): string {
  const parts = [contact, network === null ? null : `by the network ${network}`].filter(
    (part) => part !== null,
  );
  return parts.length === 0 ? name : `${name} (${parts.join(', ')})`;
}

/** The notes, the newest first; the lines of one become one line. */
export function noteTable(notes: readonly HostNote[], color: boolean): string {
  return renderTable(
    notes.map(({ written_at, author, text }) => [localTime(written_at), author, oneLine(text)]),
    { color, heads: ['NOTED', 'BY', 'NOTE'] },
  );
}
