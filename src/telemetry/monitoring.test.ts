import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createMetrics, recordVerify } from '#telemetry/metrics.js';

const MONITORING = join(import.meta.dirname, '..', '..', 'docs', 'monitoring');
const UNITS = /_(total|seconds|bytes|connections|requests|positions|faults|open|held|ratio)$/;

/** What a histogram adds to its name. */
const SERIES = /_(bucket|sum|count)$/;

async function described() {
  return createMetrics().registry.getMetricsAsJSON();
}

function namesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bscanorama_\w+/g) ?? [])];
}

test('every metric has our prefix, its unit last, and says what it is', async () => {
  for (const { name, help } of await described()) {
    expect(name).toMatch(/^scanorama_[a-z_]+$/);
    expect(name).toMatch(UNITS);
    expect(help.length).toBeGreaterThan(10);
  }
});

test.each(['alerts.yml', 'dashboard.json', 'README.md'])('%s names only metrics that exist', async (file) => {
  const known = new Set((await described()).map(({ name }) => name));
  const names = namesIn(await readFile(join(MONITORING, file), 'utf8')).filter(
    (name) => name !== 'scanorama_server_',
  );
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !known.has(name) && !known.has(name.replace(SERIES, '')))).toEqual([]);
});

test('the dashboard shows every metric, and each panel once', async () => {
  const text = await readFile(join(MONITORING, 'dashboard.json'), 'utf8');
  const shown = new Set(namesIn(text).map((name) => name.replace(SERIES, '')));
  expect((await described()).map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  const { panels } = z
    .object({ panels: z.array(z.object({ id: z.number(), title: z.string() })) })
    .parse(JSON.parse(text));
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

test('what the last verify found replaces what the one before found', async () => {
  const metrics = createMetrics();
  recordVerify(metrics, 1_000, [
    { name: 'orphans', faults: 2 },
    { name: 'gone', faults: 1 },
  ]);
  recordVerify(metrics, 5_000, [{ name: 'orphans', faults: 0 }]);
  const text = await metrics.registry.metrics();
  expect(text).toContain('scanorama_verify_faults{check="orphans"} 0');
  expect(text).not.toContain('gone');
  expect(text).toContain('scanorama_verify_last_run_timestamp_seconds 5');
});
