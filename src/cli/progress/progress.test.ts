import { expect, test } from 'vitest';
import { ProgressLine, paceOf, progressText } from '#cli/progress/progress.js';
import { scanOf } from '../../../test/support/scans/scan-view.ts';

const STILL = { probesPerSecond: 0, positionsPerSecond: 0 };
const MOVING = { probesPerSecond: 1_234.4, positionsPerSecond: 100 };
const at = (completed: number, percent: number) =>
  scanOf({
    status: 'running',
    progress: { percent, positions: 10_000, completed, skipped: 0 },
    probes: { sent: completed, answered: 0 },
    hosts_up: 2,
    open_ports: 1,
  });

test('bar, percent, found, time left and rate', () => {
  const text = progressText(at(2_500, 25), MOVING, 100);
  expect(text).toBe('[####------------]  25.0%  2 hosts  1 open port  ETA 1m 15s  1,234 probes/s');
});

test.each([
  [at(0, 0), '[----------------]  0.0%'],
  [at(10_000, 100), '[################]  100.0%'],
  [at(9_999, 140), '[################]  100.0%'],
])('the bar stays inside its cells', (scan, beginning) => {
  const text = progressText(scan, STILL, 100);
  expect(text.startsWith(beginning)).toBe(true);
  expect(text).toContain('  ETA -  ');
});

test.each([
  [79, '[####------------]  25.0%  2 hosts  1 open port  ETA 1m 15s  1,234 probes/s'],
  [74, '25.0%  2 hosts  1 open port  ETA 1m 15s  1,234 probes/s'],
  [39, '25.0%  2 hosts  1 open port  ETA 1m 15s'],
  [38, '25.0%  2 hosts  1 open port'],
  [26, '25.0%  1 open port'],
  [17, '25.0%'],
  [4, ''],
])('in %d cells entire fields are omitted, the least important first', (cells, text) => {
  expect(progressText(at(2_500, 25), MOVING, cells)).toBe(text);
});

test('while nmap reports no progress, a terminal of usual width shows that nmap works', () => {
  const scan = { ...at(0, 0), engine: 'nmap' as const };
  const begun = '[----------------]  0.0%  2 hosts  1 open port  ';
  expect(progressText(scan, STILL, 80)).toBe(`${begun}nmap works, 32 hosts at once`);
  expect(progressText(scan, MOVING, 80)).toBe(`${begun}ETA 1m 40s`);
});

test('the time of the last response replaces the time left and the rate', () => {
  const silentSinceMs = new Date(2026, 10, 23, 9, 5, 7).getTime();
  const line = (cells: number) => progressText(at(2_500, 25), { ...MOVING, silentSinceMs }, cells);
  expect(line(100)).toBe('[####------------]  25.0%  2 hosts  1 open port  no progress since 09:05:07');
  expect(line(49)).toBe('25.0%  1 open port  no progress since 09:05:07');
});

test('no time left is shown when all positions are complete', () => {
  expect(progressText(at(10_000, 100), MOVING, 100)).toContain('  ETA -  ');
});

test('pace is measured between the first and the last sample', () => {
  expect(paceOf([])).toEqual(STILL);
  expect(paceOf([{ atMs: 5, sent: 9, completed: 9 }])).toEqual(STILL);
  const samples = [0, 250, 2_000].map((atMs) => ({ atMs, sent: atMs * 2, completed: atMs }));
  expect(paceOf(samples)).toEqual({ probesPerSecond: 2_000, positionsPerSecond: 1_000 });
});

function terminal(rewritable: boolean, columns: number) {
  const writes: string[] = [];
  const sink = {
    isTerminal: true,
    rewritable,
    columns,
    color: false,
    write: async (text: string) => void writes.push(text),
  };
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonic: () => (nowMs += 1_000) };
  return { writes, line: new ProgressLine(sink, clock) };
}

test('the line is rewritten in place, never wider than the terminal, and taken back at the end', async () => {
  const { writes, line } = terminal(true, 40);
  await line.show(at(0, 0));
  await line.show(at(500, 5));
  await line.show(at(1_000, 10));
  await line.clear();
  await line.clear();
  expect(writes).toHaveLength(4);
  for (const text of writes) expect(text.startsWith('\r\u001b[K')).toBe(true);
  expect(writes.map((text) => text.slice(4))).toEqual([
    '0.0%  2 hosts  1 open port  ETA -',
    // One second is too short to measure a rate.
    '5.0%  2 hosts  1 open port  ETA -',
    '10.0%  2 hosts  1 open port  ETA 18s',
    '',
  ]);
});

test('the rate is that of the last five seconds', async () => {
  const { writes, line } = terminal(true, 200);
  for (const completed of [0, 0, 0, 0, 100, 200, 300, 400, 500, 600]) await line.show(at(completed, 1));
  expect(writes.at(-1)).toContain('100 probes/s');
});

test('counts that stand still between two reports do not slow the pace; a halt of six seconds ends it', async () => {
  const { writes, line } = terminal(true, 200);
  const reports = [0, 0, 200, 200, 400, 400, 400, 400, 400, 400, 400, 400];
  for (const completed of reports) await line.show(at(completed, 1));
  const rates = writes.map((text) => text.split('  ').at(-1));
  const moving = Array.from({ length: 8 }, () => '100 probes/s');
  expect(rates).toEqual(['0 probes/s', '0 probes/s', ...moving, '0 probes/s', '0 probes/s']);
});

test('after a long halt the pace is measured from the last progress before it', async () => {
  const { writes, line } = terminal(true, 200);
  for (const completed of [100, ...Array.from({ length: 9 }, () => 100), 1_100])
    await line.show(at(completed, 1));
  expect(writes.at(-1)).toContain('100 probes/s');
});

test('where a line cannot be erased nothing is printed', async () => {
  const { writes, line } = terminal(false, 80);
  await line.show(at(0, 0));
  await line.clear();
  expect(writes).toEqual([]);
});
