import { type Row, renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import type { Scan } from '#contract/scans/scan.js';
import type {
  HostStage,
  SmartScanOutcomeView,
  SmartScanSuggestionsView,
} from '#contract/schedules/smart-scan.js';
import { MAX_COMPLETENESS_SCORE, POINTS_PER_PART } from '#domain/hosts/completeness.js';
import { counted, grouped } from '#domain/text/count-text.js';

type Fact = readonly [name: string, value: string];

/** What could be found out, by stage, and who is left alone. */
export function suggestionsText(suggestions: SmartScanSuggestionsView, color: boolean): string {
  const { considered, complete, stages, skipped } = suggestions;
  const rows = stages.map(
    ({ stage, due, waiting, running, impossible, scans }): Row => [
      stage,
      ...[due, running, waiting, impossible].map(grouped),
      scans.length === 0 ? '-' : scans.map(({ hosts, ports }) => sizeText(hosts, ports)).join(', '),
    ],
  );
  const heads = ['STAGE', 'DUE', 'RUNNING', 'WAITING', 'IMPOSSIBLE', 'A TRIGGER WOULD SCAN'];
  const table = renderTable(rows, { color, heads, right: [1, 2, 3, 4] });
  const lacks = stages.flatMap(({ stage, unavailable }) =>
    unavailable === null ? [] : [`${stage}: ${unavailable}`],
  );
  const waits = stages.flatMap(({ stage, waiting_reasons: reasons }) =>
    reasons.map(({ reason, hosts }) => `${stage}: ${counted(hosts, 'host')} left alone for now. ${reason}`),
  );
  const leftAlone = skipped.map(({ reason, hosts }) => `Left alone: ${counted(hosts, 'host')}. ${reason}`);
  const head = `Something is missing of ${complete ? '' : 'more than '}${counted(considered, 'host')}.`;
  // Each line is made printable on its own. Doing this to the finished table would remove its line ends and colors.
  const lines = [...lacks, ...waits, ...leftAlone].map((line) => `${printable(line)}\n`).join('');
  return [`${head}\n`, table, lines].filter((part) => part !== '').join('\n');
}

function sizeText(hosts: number, ports: number | null): string {
  return ports === null ? counted(hosts, 'host') : `${grouped(hosts)} × ${counted(ports, 'port')}`;
}

export function stageFacts(host: HostStage): readonly Fact[] {
  return [
    ['Host', host.ip],
    ['Known', `${host.completeness_score} of ${MAX_COMPLETENESS_SCORE}`],
    ...host.completeness.map(
      ({ part, points, reason }): Fact => [part, `${points}/${POINTS_PER_PART}  ${reason}`],
    ),
    ['Next', host.next === null ? `nothing: ${host.reason}` : `${host.next}: ${host.reason}`],
    ...(host.refused === null
      ? []
      : [
          [
            'Refused',
            `${host.refused.stage} at ${localTime(host.refused.at)}, by a schedule: ${host.refused.message}`,
          ] as const,
        ]),
    ...host.stages
      .filter(({ stage }) => stage !== host.next)
      .map(
        ({ stage, state, reason, until }): Fact => [
          stage,
          `${state}${until === null ? '' : ` until ${localTime(until)}`}: ${reason}`,
        ],
      ),
  ];
}

export function outcomeTable(
  { scans }: SmartScanOutcomeView,
  ended: readonly Scan[],
  color: boolean,
): string {
  const byId = new Map(ended.map((scan) => [scan.id, scan]));
  const rows = scans.map(({ scan_id: id, stage, hosts, ports }): Row => {
    const scan = byId.get(id ?? '');
    return [id ?? '-', stage, scan?.status ?? '-', grouped(hosts), ports === null ? '-' : grouped(ports)];
  });
  return renderTable(rows, { color, heads: ['SCAN', 'STAGE', 'STATUS', 'HOSTS', 'PORTS'], right: [3, 4] });
}
