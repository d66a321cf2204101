import { describe, expect, test } from 'vitest';
import { readCheckout } from './checkout.ts';
import { circles, importCycles, importsOf, moduleOf, moduleViolations } from './imports.ts';
import { MODULES } from './modules.ts';

const file = (path: string, text: string) => ({ path, text });

const SAMPLE_MODULES = { domain: [], scan: ['domain'], store: ['domain'], web: ['domain'] };
const violations = (path: string, text: string) => moduleViolations([file(path, text)], SAMPLE_MODULES);

describe('this checkout', () => {
  const files = readCheckout();

  test('is read: a rule over no files would always pass', () => {
    const modules = new Set(files.map(({ path }) => moduleOf(path)));
    expect([...modules]).toEqual(expect.arrayContaining(['domain', 'contract', 'store', 'web']));
  });

  test('imports only in the directions that the table allows', () => {
    expect(moduleViolations(files, MODULES)).toEqual([]);
  });

  test('has no files that import each other in a cycle', () => {
    expect(importCycles(files)).toEqual([]);
  });
});

describe('the table of modules', () => {
  test('names only modules that exist, and has no cycle', () => {
    for (const [module, imports] of Object.entries(MODULES)) {
      expect(Object.keys(MODULES)).toEqual(expect.arrayContaining([...imports]));
      expect(imports, module).not.toContain(module);
    }
    expect(circles(new Map(Object.entries(MODULES)))).toEqual([]);
  });

  test.each([
    ['store', 'scan'],
    ['send', 'store'],
    ['store', 'postgres'],
    ['contract', 'domain'],
    ['telemetry', 'domain'],
    ['telemetry', 'contract'],
    ['app', 'web'],
  ])('keeps %s out of %s', (module, importer) => {
    expect(MODULES[importer]).not.toContain(module);
  });

  test('lets only app import config and postgres', () => {
    for (const module of ['config', 'postgres']) {
      expect(Object.keys(MODULES).filter((importer) => MODULES[importer]?.includes(module))).toEqual(['app']);
    }
  });
});

describe('module directions', () => {
  test.each([
    ['an import', `import { a } from '#store/a.js';`],
    ['an import of a type', `import type { A } from '#store/a.js';`],
    ['an import for its effect', `import '#store/a.js';`],
    ['a re-export', `export { a } from '#store/a.js';`],
    ['a re-export of everything', `export * from '#store/a.js';`],
    ['a dynamic import', `const a = await import('#store/a.js');`],
    ['a type by import()', `type A = import('#store/a.js').A;`],
    ['a path that leaves the module', `import { a } from '../store/a.js';`],
  ])('forbid %s in a direction that the table does not allow', (_what, text) => {
    expect(violations('src/scan/plan.ts', `\n${text}`)).toEqual([
      expect.stringMatching(/^src\/scan\/plan\.ts:2: scan may not import store/),
    ]);
  });

  test.each([
    ['in an allowed direction', 'src/scan/plan.ts', `import { a } from '#domain/a.js';`],
    ['within the module', 'src/scan/plan.ts', `import { a } from '#scan/a.js';`],
    ['of a package', 'src/scan/plan.ts', `import { z } from 'zod';`],
    ['of test support by a test', 'src/scan/plan.test.ts', `import { a } from '../../test/a.ts';`],
    ['within the web app', 'web/pages/hosts/list.tsx', `import { Table } from '../../components/table.tsx';`],
    ['named in a comment', 'src/scan/plan.ts', `// import { a } from '#store/a.js';`],
    ['named in a string', 'src/scan/plan.ts', `const text = "import { a } from '#store/a.js'";`],
  ])('allow an import %s', (_what, path, text) => {
    expect(violations(path, text)).toEqual([]);
  });

  test('forbid the source what its test may import', () => {
    expect(violations('src/scan/plan.ts', `import { a } from '../../test/a.ts';`)).toHaveLength(1);
  });

  test('forbid a test what its module may not import', () => {
    expect(violations('src/scan/plan.test.ts', `import { a } from '#store/a.js';`)).toHaveLength(1);
  });

  test('forbid a module that the table does not contain', () => {
    expect(violations('src/attic/box.ts', '')).toEqual([
      'src/attic/box.ts: attic is not a module of test/tidy/modules.ts',
    ]);
    expect(violations('src/box.ts', '')).toHaveLength(1);
  });

  test('throw for a file that cannot be parsed', () => {
    expect(() => violations('src/scan/plan.ts', 'import {')).toThrow('src/scan/plan.ts');
  });
});

describe('import cycles', () => {
  test('are found over several files, through types and re-exports', () => {
    const found = importCycles([
      file('src/scan/a.ts', `import { b } from '#scan/b.js';`),
      file('src/scan/b.ts', `export type { C } from './c.js';`),
      file('src/scan/c.ts', `import type { A } from '#scan/a.js';`),
      file('src/scan/d.ts', `import { a } from '#scan/a.js';`),
    ]);
    expect(found).toEqual([
      'these files import each other in a cycle: src/scan/a.ts, src/scan/b.ts, src/scan/c.ts',
    ]);
  });

  test('are found in the web app, where names end in .tsx', () => {
    const list = file('web/list.tsx', `import { Row } from './row';`);
    expect(importCycles([list, file('web/row.tsx', `import { List } from './list.js';`)])).toHaveLength(1);
    expect(importCycles([list, file('web/row.tsx', '')])).toEqual([]);
  });

  test('include a file that imports itself', () => {
    expect(importCycles([file('src/scan/a.ts', `import { a } from '#scan/a.js';`)])).toHaveLength(1);
  });

  test('do not include diamonds', () => {
    const diamond = new Map([
      ['top', ['left', 'right']],
      ['left', ['bottom']],
      ['right', ['bottom']],
      ['bottom', []],
    ]);
    expect(circles(diamond)).toEqual([]);
  });
});

test('imports are also read from JSX files', () => {
  const page = file(
    'web/page.tsx',
    `import { a } from './a';\nexport const page = <p>import x from 'y'</p>;`,
  );
  expect(importsOf(page).map(({ specifier }) => specifier)).toEqual(['./a']);
});
