import { describe, expect, test } from 'vitest';
import { readCheckout, readIgnored } from './checkout.ts';
import {
  foreignAddressUrls,
  incompleteLocks,
  lockedDownloads,
  loosePins,
  missingGuards,
  registryHosts,
  startScriptDisagrees,
  unexplainedDependencies,
} from './text-rules.ts';

const file = (path: string, text: string) => ({ path, text });
const lock = (packages: object) => [file('package-lock.json', JSON.stringify({ packages }))];
const packageJson = (content: object) => file('package.json', JSON.stringify(content));

describe('this checkout', () => {
  const files = readCheckout();

  test('is read completely: its documents, its lock files and files that start with a dot', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'package-lock.json',
        'runtime/package-lock.json',
        'docs/dependencies.md',
        '.ci/run',
      ]),
    );
    expect(paths.filter((path) => path.includes('node_modules/') || path.startsWith('dist/'))).toEqual([]);
  });

  test.each([
    ['names no package registry', registryHosts],
    ['has no URL with an address that may belong to a real host', foreignAddressUrls],
    ['locks no download addresses', lockedDownloads],
    ['locks each package for each operating system', incompleteLocks],
    ['pins each dependency to one version', loosePins],
    ['gives a reason for each dependency', unexplainedDependencies],
    ['has the tests that its documents name', missingGuards],
    ['starts with the Node.js version that it requires', startScriptDisagrees],
  ])('%s', (_what, rule) => {
    expect(rule(files)).toEqual([]);
  });
});

describe('registry hosts', () => {
  test.each([
    ['registry', 'example', 'org'],
    ['deb', 'example', 'org'],
    ['pypi', 'org'],
  ])('are found', (...labels) => {
    expect(registryHosts([file('a.md', `from https://${labels.join('.')}/x`)])).toHaveLength(1);
  });

  test('are neither member expressions nor other hosts', () => {
    expect(registryHosts([file('a.ts', 'registry.metrics.get(); see https://example.org/registry')])).toEqual(
      [],
    );
  });
});

describe('URLs with an address in place of a name', () => {
  // Built from parts, so that this file contains none.
  test.each([
    ['http', '10.0.0.5'],
    ['https', '8.8.8.8/x'],
    ['ws', '192.168.1.1:80'],
    ['http', '[2001:db8::1]/'],
    ['postgres', 'a:b@172.16.0.1/x'],
  ])('are found: %s and %s', (scheme, rest) => {
    expect(foreignAddressUrls([file('a.md', `${scheme}://${rest}`)])).toHaveLength(1);
  });

  test.each([
    'http://127.0.0.1:8080',
    'http://198.18.0.1',
    'http://[::1]:8080',
    'https://[fd00::1]',
    'http://example.org',
  ])('are allowed: %s', (url) => {
    expect(foreignAddressUrls([file('a.md', url)])).toEqual([]);
  });

  test('do not include bare addresses', () => {
    expect(foreignAddressUrls([file('a.md', 'scan 203.0.113.0/24')])).toEqual([]);
  });
});

test('download addresses are found in lock files, and in no other file', () => {
  const text = '{ "resolved": "https://example.org/a.tgz" }';
  expect(lockedDownloads([file('package-lock.json', text)])).toEqual([
    'package-lock.json:1: the lock file names a download',
  ]);
  expect(lockedDownloads([file('runtime/package-lock.json', text)])).toHaveLength(1);
  expect(lockedDownloads([file('a.json', text)])).toEqual([]);
  expect(lockedDownloads([file('package-lock.json', '{ "integrity": "sha512-x" }')])).toEqual([]);
});

describe('lock files', () => {
  const optional = { optionalDependencies: { 'b-arm64': '1.0.0' } };

  test('that lack an optional package are found', () => {
    expect(incompleteLocks(lock({ '': optional }))).toHaveLength(1);
    expect(
      incompleteLocks(lock({ 'node_modules/b': optional, 'node_modules/c/node_modules/b-arm64': {} })),
    ).toEqual(['package-lock.json: node_modules/b may need b-arm64, which is not locked']);
  });

  test.each([
    ['at the top', '', 'node_modules/b-arm64'],
    ['next to it', 'node_modules/b', 'node_modules/b-arm64'],
    ['inside it', 'node_modules/b', 'node_modules/b/node_modules/b-arm64'],
    ['next to it, nested', 'node_modules/a/node_modules/b', 'node_modules/a/node_modules/b-arm64'],
    ['at the top, for a nested package', 'node_modules/a/node_modules/b', 'node_modules/b-arm64'],
  ])('that contain it are not: %s', (_where, dependant, path) => {
    expect(incompleteLocks(lock({ [dependant]: optional, [path]: {} }))).toEqual([]);
  });
});

describe('pins', () => {
  test.each(['^1.2.3', '~1.2.3', '1.x', '>=1', 'latest', '*', '1.2', 'npm:a@^1.2.3'])(
    'are loose: %s',
    (version) => {
      expect(loosePins([packageJson({ devDependencies: { a: version } })])).toHaveLength(1);
      expect(loosePins([packageJson({ optionalDependencies: { a: version } })])).toHaveLength(1);
    },
  );

  test.each(['1.2.3', '18.4.0-beta.17', 'npm:@scope/a@1.2.3'])('are exact: %s', (version) => {
    expect(loosePins([packageJson({ dependencies: { a: version } })])).toEqual([]);
  });
});

describe('the table of dependencies', () => {
  const document = file(
    'docs/dependencies.md',
    '| package | modules | why |\n| --- | --- | --- |\n| `a` | store | good |',
  );

  test('has a line for each', () => {
    expect(unexplainedDependencies([packageJson({ dependencies: { a: '1.0.0' } }), document])).toEqual([]);
  });

  test('lacks a line', () => {
    expect(
      unexplainedDependencies([packageJson({ dependencies: { a: '1.0.0', b: '1.0.0' } }), document]),
    ).toEqual(['docs/dependencies.md: no line for b']);
  });

  test('has an unnecessary line', () => {
    expect(unexplainedDependencies([packageJson({}), document])).toEqual([
      'docs/dependencies.md: a is not a dependency',
    ]);
  });
});

test('a test that a document names and that does not exist is found', () => {
  const architecture = file(
    'ARCHITECTURE.md',
    'checked by `test/tidy/modules.test.ts` and\n`test/tidy/gone.test.ts`',
  );
  expect(missingGuards([architecture, file('test/tidy/modules.test.ts', '')])).toEqual([
    'ARCHITECTURE.md:2: test/tidy/gone.test.ts does not exist',
  ]);
  expect(missingGuards([file('ARCHITECTURE.md', 'none yet')])).toEqual([]);
  const defects = file(
    'docs/defects-not-repeated.md',
    '| lost | `test/a.test.ts`: "keeps it", "and this" |\n| twice | `test/a.test.ts` "once", `test/b.test.ts` |',
  );
  const tests = [file('test/a.test.ts', "it('keeps it', …) it('once', …)")];
  expect(missingGuards([defects, ...tests])).toEqual([
    'docs/defects-not-repeated.md:1: test/a.test.ts has no test "and this"',
    'docs/defects-not-repeated.md:2: test/b.test.ts does not exist',
  ]);
});

test('a start script that accepts another Node.js than package.json requires is found', () => {
  const script = file('scripts/bootstrap.sh', 'oldest_node=22.18 # why');
  const manifest = (node: string) => file('package.json', `{ "engines": { "node": "${node}" } }`);
  expect(startScriptDisagrees([script, manifest('>=22.18')])).toEqual([]);
  expect(startScriptDisagrees([script, manifest('>=24.1')])).toHaveLength(1);
  expect(startScriptDisagrees([manifest('>=22.18')])).toHaveLength(1);
});

describe('ignored files', () => {
  test('are folders, endings and names', () => {
    const isIgnored = readIgnored('# built\ndist/\n\n*.log\n.DS_Store\n');
    expect(isIgnored('dist', true)).toBe(true);
    expect(isIgnored('dist', false)).toBe(false);
    expect(isIgnored('a.log', false)).toBe(true);
    expect(isIgnored('.DS_Store', false)).toBe(true);
    expect(isIgnored('.git', true)).toBe(true);
    expect(isIgnored('src', true)).toBe(false);
  });

  test.each(['!keep.log', '/only-here', 'a/b', '**/x'])(
    'throw for a form that is not supported: %s',
    (line) => {
      expect(() => readIgnored(line)).toThrow(line);
    },
  );
});
