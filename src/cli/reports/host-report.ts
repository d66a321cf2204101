import { annotationFacts, noteTable } from '#cli/output/annotations.js';
import { deletionText } from '#cli/output/deletion.js';
import { type Row, renderFacts, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { type Calling, spokenAs } from '#cli/program/program-name.js';
import { historyTable, keptSince } from '#cli/reports/host-history.js';
import {
  downAfterFacts,
  nameText,
  otherNames,
  responseTimeText,
  sinceText,
  statusText,
  timeoutFacts,
} from '#cli/reports/host-status.js';
import { evidenceTables } from '#cli/reports/port-evidence.js';
import { stateCell } from '#cli/reports/scan-report.js';
import type { HostDetail, HostPort } from '#contract/hosts/host.js';
import { MAX_COMPLETENESS_SCORE, POINTS_PER_PART } from '#domain/hosts/completeness.js';
import { portServiceText } from '#domain/ports/service-text.js';
import { counted } from '#domain/text/count-text.js';

const CHANGES_SHOWN = 20;
const ALL_CHANGES = '`scanorama hosts history` shows all';

export interface HostForm {
  readonly color: boolean;
  /** Whether the host is shown as of a past time, for which only changes are known. */
  readonly past: boolean;
  readonly calling: Calling;
  readonly nowMs: number;
}

/** All that is known of a host: facts, ports, notes and the newest changes. */
export function hostText(host: HostDetail, { color, past, calling, nowMs }: HostForm): string {
  const last = past ? 'Last change' : 'Last seen';
  const facts = renderFacts(
    [
      ['Host', host.ip],
      ['Id', host.id],
      ['Site', host.site],
      ['Status', statusText(host)],
      ['Since', sinceText(host)],
      ...timeoutFacts(host),
      ...(host.ignored ? [['Ignored', 'yes: lists and alerts leave it out'] as const] : []),
      ['Name', nameText(host)],
      ...otherNames(host),
      ['MAC', macText(host)],
      ...(host.device === null ? [] : [['Device', host.device.id] as const]),
      ['OS', host.os_name ?? host.os_family ?? '-'],
      ...(host.response_time === null ? [] : [['Answers in', responseTimeText(host.response_time)] as const]),
      ...completenessFacts(host),
      ...downAfterFacts(host),
      ...annotationFacts(host),
      ['First seen', localTime(host.first_seen)],
      [last, localTime(host.changed_at ?? host.last_seen)],
      ...(host.deleted_at === null
        ? []
        : [['Deleted', deletionText(host.deleted_at, host.deleted_by)] as const]),
    ],
    color,
  );
  const ports = host.ports.map(
    (port): Row => [
      `${port.port}/${port.protocol}`,
      stateCell(port.state),
      portServiceText(port) ?? '-',
      port.reason,
      lastOpenText(port),
    ],
  );
  const portTable = renderTable(ports, {
    color,
    heads: ['PORT', 'STATE', 'SERVICE', 'REASON', past ? 'LAST OPENED' : 'LAST OPEN'],
  });
  const history = historyText(host, { color, calling });
  const evidence = evidenceTables(host, { color, indent: 0, nowMs: past ? undefined : nowMs })
    .map(section)
    .join('');
  return `${facts}${section(portTable)}${evidence}${section(noteTable(host.notes, color))}${section(history)}`;
}

function lastOpenText({ last_seen: seen, last_opened: opened }: HostPort): string {
  const at = seen ?? opened;
  return at === null ? '-' : localTime(at);
}

function completenessFacts({
  completeness_score: score,
  completeness,
}: HostDetail): (readonly [string, string])[] {
  if (score === null) return [];
  const missing = completeness.filter(({ points }) => points < POINTS_PER_PART).map(({ reason }) => reason);
  return [['Known', [`${score} of ${MAX_COMPLETENESS_SCORE}.`, ...missing].join(' ')]];
}

function macText({ mac, vendor, mac_randomized }: HostDetail): string {
  if (mac === null) return vendor === null ? '-' : `- (${vendor})`;
  const notes = [...(vendor === null ? [] : [vendor]), ...(mac_randomized ? ['randomized'] : [])];
  return notes.length === 0 ? mac : `${mac} (${notes.join(', ')})`;
}

const section = (text: string) => (text === '' ? '' : `\n${text}`);

function historyText(
  { history, history_since }: HostDetail,
  { color, calling }: Pick<HostForm, 'color' | 'calling'>,
): string {
  const more = history.length - CHANGES_SHOWN;
  const rest = more > 0 ? `… and ${counted(more, 'older change')}; ${spokenAs(calling, ALL_CHANGES)}.\n` : '';
  return `${historyTable(history.slice(0, CHANGES_SHOWN), color)}${rest}${keptSince(history_since)}`;
}
