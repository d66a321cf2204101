import { expect, test } from 'vitest';
import { localTime } from '#cli/output/time.js';
import { scanSummary } from '#cli/reports/scan-summary.js';
import { scanOf } from '../../../test/support/scans/scan-view.ts';

const progress = { percent: 10, positions: 900, completed: 90, skipped: 8 };
const probes = { sent: 82, answered: 3 };

test('a stopped scan reports what is done, and that it sent more than is counted', () => {
  const given = scanSummary(scanOf({ status: 'cancelled', progress, probes }));
  expect(given).toContain('at least 82 probes sent, 3 ports answered.');
  expect(given).toContain(
    ' It did not finish: of 900 probes planned, 90 are done, and what was sent to the others is not counted.',
  );
  expect(given).toContain(' Of 90 probes that are done, 8 were not sent: the address is excluded.');
});

test('a running scan reports what it has sent so far', () => {
  const given = scanSummary(scanOf({ status: 'running', completed_at: null, progress, probes }));
  expect(given).toContain(', 82 probes sent, 3 ports answered.');
  expect(given).not.toContain('did not finish');
});

test('what was sent is at least what is counted where it was begun again, and nothing where it was not begun', () => {
  const sent = { progress: { ...progress, positions: 90 }, probes };
  expect(scanSummary(scanOf(sent))).toContain(', 82 probes sent, 3 ports answered.');
  for (const idle_seconds of [0.4, null])
    expect(scanSummary(scanOf({ ...sent, idle_seconds }))).toContain(', at least 82 probes sent');
  const never = { status: 'cancelled' as const, started_at: null, probes: { sent: 0, answered: 0 } };
  expect(scanSummary(scanOf({ ...never, progress: { ...progress, completed: 0, skipped: 0 } }))).toContain(
    ', no probes sent, 0 ports answered. It did not finish: ',
  );
});

test('a scan with a break reports how long it was worked on, and when', () => {
  const times = { started_at: '2026-11-23T10:00:00.000Z', completed_at: '2026-11-23T10:04:11.000Z' };
  const between = `from ${localTime(times.started_at)} to ${localTime(times.completed_at)}`;
  expect(scanSummary(scanOf({ ...times, idle_seconds: 224 }))).toContain(
    ` completed in 27s of work, ${between} with a break: 1 host up`,
  );
  expect(scanSummary(scanOf({ ...times, idle_seconds: null }))).toContain(
    ` completed ${between}, with a break: 1 host up`,
  );
  expect(scanSummary(scanOf({ ...times, status: 'cancelled', idle_seconds: 0 }))).toContain(
    ' cancelled after 4m 11s: ',
  );
});

const ofAll = { percent: 100, positions: 768, completed: 768, skipped: 768 };
const warnings = [{ kind: 'excluded' as const, subject: '198.18.7.0/24', message: 'It was excluded.' }];

test.each([
  [{ warnings }, 'nothing was probed: all 256 addresses are excluded.'],
  [{ exclude: ['198.18.7.0/24'] }, 'nothing was probed: all 256 addresses are excluded by the scan itself.'],
  [{ engine: 'nmap' as const }, 'nothing was probed completely: all 256 addresses are excluded.'],
  [{ partial: true }, 'nothing was probed: all 256 addresses are excluded or could not be probed from here.'],
  [
    { scan_type: 'discovery' as const, progress: { ...ofAll, positions: 1, completed: 1, skipped: 1 } },
    'nothing was probed: the one address is excluded or could not be probed from here.',
  ],
])('a scan that probed nothing reports only that: %j', (changes, given) => {
  const scan = scanOf({
    ports: '22,80,443',
    progress: ofAll,
    probes: { sent: 0, answered: 0 },
    hosts_up: 0,
    open_ports: 0,
    ...changes,
  });
  const summary = scanSummary(scan);
  expect(summary.slice(summary.indexOf(': ') + 2)).toBe(given);
});

test('a scan of live hosts that found none reports that none responded to host discovery', () => {
  const counts = { live_hosts: true, ports: '22,80,443', progress: ofAll, probes: { sent: 0, answered: 0 } };
  const summary = scanSummary(scanOf({ ...counts, hosts_up: 0, open_ports: 0 }));
  expect(summary).toMatch(/ 0 hosts up, 0 open ports, .* the address did not respond to host discovery\.$/);
  expect(summary).not.toContain('nothing was probed');
});

test('a scan that was cut short after some probes were sent reports both', () => {
  const counts = { ports: '22,80,443', progress: ofAll, probes: { sent: 9, answered: 0 }, warnings };
  expect(scanSummary(scanOf(counts))).toMatch(
    / 9 probes sent, 0 ports answered\. Of 768 probes planned, 768 were left out or cut short: the address is excluded\.$/,
  );
});

test.each([
  [false, 'the address could not be probed from here'],
  [true, 'the address did not respond to host discovery, or could not be probed from here'],
])(
  'the reason for what this machine could not probe is given without a guess, live hosts only: %s',
  (live_hosts, why) => {
    const warning = { kind: 'not-probed' as const, subject: 'ENETUNREACH', message: 'No route leads there.' };
    const counts = {
      ports: '22,80,443',
      partial: true,
      live_hosts,
      progress: { ...ofAll, skipped: 3 },
      probes: { sent: 765, answered: 9 },
      warnings: [warning],
    };
    expect(scanSummary(scanOf(counts))).toMatch(
      new RegExp(` Of 768 probes planned, 3 were left out or cut short: ${why}\\.$`),
    );
  },
);

test('the probes that were sent and those that were not add up to the plan', () => {
  const counts = {
    ports: '22,80,443',
    progress: { ...ofAll, skipped: 3 },
    probes: { sent: 12, answered: 9 },
    hosts_up: 3,
    warnings,
  };
  expect(scanSummary(scanOf(counts))).toMatch(
    /252 addresses that answered on no port, 1 open port, 12 probes sent, 9 ports answered\. Of 768 probes planned, 3 were left out or cut short: the address is excluded\. At least 753 more could not be sent: no neighbour answered for the address, or no route leads there\.$/,
  );
  const posing = { kind: 'tarpit' as const, subject: '198.18.7.9', message: 'It answers on every port.' };
  expect(scanSummary(scanOf({ ...counts, progress: { ...ofAll, skipped: 0 }, warnings: [posing] }))).toMatch(
    / At least 756 probes could not be sent: .*, or something answers in its place\.$/,
  );
  expect(
    scanSummary(scanOf({ probes: { sent: 921, answered: 0 }, engine: 'import', scan_type: 'import' })),
  ).not.toContain('could not be sent');
});
