import { expect, test } from 'vitest';
import { readCheckout } from './checkout.ts';
import { retiredTerms, wordsOf } from './terms.ts';

/** Folders whose texts still contain retired terms, with how many: a number here may only become smaller. */
const REMAINING: Readonly<Record<string, number>> = {
  '.ci/run': 1,
  'ARCHITECTURE.md': 158,
  'CHANGELOG.md': 276,
  'CONTRIBUTING.md': 11,
  'README.md': 54,
  'SECURITY.md': 10,
  'bench/scans': 7,
  'bench/service': 2,
  'bench/store': 1,
  'docs/adr': 342,
  'docs/benchmarks.md': 20,
  'docs/defects-not-repeated.md': 26,
  'docs/dependencies.md': 11,
  'docs/faults.md': 16,
  'docs/filter.md': 18,
  'docs/lab.md': 21,
  'docs/monitoring': 8,
  'docs/query-plans.md': 21,
  scanorama: 1,
  'scripts/bootstrap.sh': 17,
  'scripts/dependencies-match.ts': 3,
  'scripts/preconditions.ts': 2,
  'src/api': 151,
  'src/app': 66,
  'src/cli': 818,
  'src/config': 10,
  'src/contract': 177,
  'src/domain': 446,
  'src/enrichment': 13,
  'src/jobs': 48,
  'src/net': 185,
  'src/postgres': 51,
  'src/prober': 198,
  'src/report': 59,
  'src/scan': 516,
  'src/store': 594,
  'src/telemetry': 17,
  'src/torture': 48,
  'src/work': 522,
  'test/e2e': 25,
  'test/faults': 2,
  'test/front-door': 10,
  'test/integration': 46,
  'test/lab': 57,
  'test/support': 15,
  'test/tidy': 23,
  'vitest.config.ts': 7,
  'web/actions': 61,
  'web/api': 42,
  'web/components': 42,
  'web/format': 35,
  'web/live': 17,
  'web/pages': 188,
  'web/settings': 22,
  'web/style.css': 1,
};

const areaOf = (found: string) => (found.split(':')[0] ?? '').split('/').slice(0, 2).join('/');

test('no file contains a retired term, beyond those that remain to be replaced', () => {
  const counts: Record<string, number> = {};
  for (const found of retiredTerms(readCheckout())) counts[areaOf(found)] = (counts[areaOf(found)] ?? 0) + 1;
  const changed = Object.entries(counts).filter(([area, count]) => count > (REMAINING[area] ?? 0));
  expect(changed).toEqual([]);
});

test.each([
  ['numericId', ['numeric', 'id']],
  ['HTTPServer', ['http', 'server']],
  ['as_of', ['as', 'of']],
  ['a scan-run, twice', ['a', 'scan', 'run', 'twice']],
])('%s consists of the words %j', (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

test('a retired term is found in prose, identifiers and paths, with its line and replacement', () => {
  const found = retiredTerms([
    { path: 'src/a.ts', text: '// One that is probed.\nconst isAsked = true;\n// As it was told.\n' },
    { path: 'src/cli/tell.ts', text: '' },
    { path: 'src/b.ts', text: "'300 when absent'" },
  ]);
  expect(found).toEqual([
    'src/a.ts:2: "asked": write probed, queried or requested',
    'src/a.ts:3: "told": write reported, notified, sent, shown or returned',
    'src/cli/tell.ts: the path contains "tell"; write report, notify, send, show or return',
    'src/b.ts:1: "when absent": write (default: …)',
  ]);
});

test('a term in the name of something else is no finding', () => {
  expect(retiredTerms([{ path: 'src/a.ts', text: 'await Promise.allSettled(runs);' }])).toEqual([]);
});
