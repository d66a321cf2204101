import { expect, test } from 'vitest';
import { readCheckout } from './checkout.ts';
import { retiredTerms, wordsOf } from './terms.ts';

/** Folders whose texts still contain retired terms, with how many: a number here may only become smaller. */
const REMAINING: Readonly<Record<string, number>> = {
  '.ci/run': 1,
  'ARCHITECTURE.md': 158,
  'CHANGELOG.md': 2,
  'README.md': 1,
  scanorama: 1,
  'scripts/bootstrap.sh': 17,
  'scripts/dependencies-match.ts': 3,
  'scripts/preconditions.ts': 2,
  'src/api': 121,
  'src/app': 62,
  'src/cli': 232,
  'src/contract': 174,
  'src/domain': 417,
  'src/enrichment': 13,
  'src/net': 183,
  'src/postgres': 2,
  'src/prober': 190,
  'src/report': 7,
  'src/scan': 515,
  'src/store': 594,
  'src/telemetry': 16,
  'src/torture': 48,
  'src/work': 390,
  'test/e2e': 15,
  'test/faults': 2,
  'test/front-door': 5,
  'test/integration': 28,
  'test/lab': 55,
  'test/support': 11,
  'vitest.config.ts': 7,
  'web/actions': 61,
  'web/api': 42,
  'web/components': 42,
  'web/format': 35,
  'web/live': 17,
  'web/pages': 171,
  'web/settings': 20,
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
