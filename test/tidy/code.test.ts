import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCheckout } from './checkout.ts';
import {
  defaultExports,
  drawers,
  environmentReads,
  forcedTypes,
  importedHttp,
  longFiles,
  type Rule,
  sqlOutsideStore,
  statusCodesOutsideApi,
  switchedOffTests,
} from './code-rules.ts';

const judge = (rule: Rule, path: string, text: string) => rule([{ path, text }]);

describe('this checkout', () => {
  const files = readCheckout();

  test.each([
    ['SQL only in store', sqlOutsideStore],
    ['reads of the environment only in config', environmentReads],
    ['no imports of node:http, which load fetch too', importedHttp],
    ['no default exports', defaultExports],
    ['no forced types', forcedTypes],
    ['no catch-all file names', drawers],
    ['no file of more than 400 lines', longFiles],
    ['no test switched off by hand', switchedOffTests],
    ['status codes only in api', statusCodesOutsideApi],
  ])('has %s', (_what, rule) => {
    expect(rule(files)).toEqual([]);
  });
});

describe('SQL outside of store', () => {
  test.each([
    ['a tagged template', 'const q = sql`x`;'],
    ['a keyword in a string', `run('SELECT 1');`],
    ['a keyword in a template', `run(\`\n  INSERT INTO hosts VALUES (\${x})\`);`],
    ['a keyword after a placeholder', `run(\`\${cte} DELETE FROM hosts\`);`],
    ['a statement in lower case', `run('update hosts set status = $1');`],
    ['a query builder', `db.selectFrom('hosts');`],
    ['a client library', `import { Pool } from 'pg';`],
    ['a client library as a type', `import type { Kysely } from 'kysely';`],
    ['a part of a client library', `import { Migrator } from 'kysely/migration';`],
  ])('is found: %s', (_what, text) => {
    expect(judge(sqlOutsideStore, 'src/work/record.ts', text)).not.toEqual([]);
    expect(judge(sqlOutsideStore, 'src/work/record.test.ts', text)).not.toEqual([]);
    expect(judge(sqlOutsideStore, 'src/store/record.ts', text)).toEqual([]);
    expect(judge(sqlOutsideStore, 'test/integration/record.test.ts', text)).toEqual([]);
  });

  test.each([
    ['prose', `print('Select a scan from the list, or update it');`],
    ['a comment', '// SELECT 1'],
    ['a name', 'const SELECT = UPDATE;'],
    ['another library of the same name', `import { PgBoss } from 'pg-boss';`],
  ])('is not seen in %s', (_what, text) => {
    expect(judge(sqlOutsideStore, 'src/work/record.ts', text)).toEqual([]);
  });

  test('is excepted in one file while it contains any', () => {
    expect(judge(sqlOutsideStore, 'src/postgres/use/presence.ts', `run('select a from b');`)).toEqual([]);
    expect(judge(sqlOutsideStore, 'src/postgres/use/presence.ts', 'run();')).toEqual([
      'src/postgres/use/presence.ts: no longer needs its exception',
    ]);
  });
});

describe('reading the environment', () => {
  test.each([
    ['a member', 'const home = process.env.HOME;'],
    ['a member by string', `const home = process['env']['HOME'];`],
    ['an import', `import { env } from 'node:process';`],
    ['a destructured process', 'const { env } = process;'],
  ])('is found: %s', (_what, text) => {
    expect(judge(environmentReads, 'src/app/connect.ts', text)).toEqual([
      'src/app/connect.ts:1: only config reads the environment',
    ]);
    expect(judge(environmentReads, 'bin/scanorama.js', text)).toHaveLength(1);
    expect(judge(environmentReads, 'src/config/settings.ts', text)).toEqual([]);
    expect(judge(environmentReads, 'src/app/connect.test.ts', text)).toEqual([]);
  });

  test('does not include the rest of the process', () => {
    expect(
      judge(environmentReads, 'src/app/connect.ts', 'const { pid } = process; exit(process.argv);'),
    ).toEqual([]);
  });
});

describe('node:http', () => {
  test.each([`import { request } from 'node:http';`, `import * as http from 'http';`])(
    'is found: %s',
    (text) => {
      expect(judge(importedHttp, 'src/app/transport.ts', text)).not.toEqual([]);
      expect(judge(importedHttp, 'src/app/transport.test.ts', text)).toEqual([]);
    },
  );

  test.each([
    ['without fetch', `const { request } = process.getBuiltinModule('node:http');`],
    ['as a type', `import type { Server } from 'node:http';`],
  ])('is allowed %s', (_how, text) => {
    expect(judge(importedHttp, 'src/app/transport.ts', text)).toEqual([]);
  });
});

describe('default exports', () => {
  test.each(['export default 1;', 'const a = 1; export { a as default };'])('are found: %s', (text) => {
    expect(judge(defaultExports, 'src/scan/plan.ts', text)).toEqual([
      'src/scan/plan.ts:1: no default exports',
    ]);
    expect(judge(defaultExports, 'web/vite.config.ts', text)).toEqual([]);
  });
});

describe('forced types', () => {
  // Built from parts, so that this file contains none.
  const SILENCER = ['@', 'ts'].join('');

  test.each([
    ['any', 'const rows: Array<any> = [];'],
    ['through unknown', ['const a = b as', 'unknown as C;'].join(' ')],
    ['through unknown in parentheses', 'const a = (b as unknown) as C;'],
    ['non-null', 'const a = b!;'],
    ['a line that is not checked', `// ${SILENCER}-ignore\nconst a = 1;`],
    ['a file that is not checked', `/* ${SILENCER}-nocheck */`],
  ])('are found: %s', (_what, text) => {
    expect(judge(forcedTypes, 'test/database.ts', text)).toHaveLength(1);
  });

  test('are neither plain assertions nor text in strings', () => {
    const text = `const a = b as C; const c = d as unknown; print('@ts-expect-error', 'any');`;
    expect(judge(forcedTypes, 'src/scan/plan.ts', text)).toEqual([]);
  });
});

describe('catch-all names', () => {
  test.each([
    'src/scan/utils.ts',
    'src/common/a.ts',
    'test/test-helpers.ts',
    'web/misc.test.tsx',
    'src/a/util.b.ts',
  ])('are found: %s', (path) => {
    expect(judge(drawers, path, '')).toHaveLength(1);
  });

  test.each(['src/scan/plan.ts', 'src/domain/commonness.ts', 'docs/utils.md'])('are not: %s', (path) => {
    expect(judge(drawers, path, '')).toEqual([]);
  });
});

test('a file of 401 lines is too long', () => {
  expect(judge(longFiles, 'src/scan/plan.ts', 'a\n'.repeat(400))).toEqual([]);
  expect(judge(longFiles, 'src/scan/plan.ts', 'a\n'.repeat(401))).toEqual([
    'src/scan/plan.ts: 401 lines, of at most 400',
  ]);
  expect(judge(longFiles, 'scripts/bootstrap.sh', 'a\n'.repeat(401))).toHaveLength(1);
});

test.each(['test', 'it', 'describe'])('%s switched off by hand is found', (runner) => {
  for (const how of ['only', 'skip', 'todo']) {
    expect(judge(switchedOffTests, 'src/a.test.ts', `${runner}.${how}('a', () => undefined);`)).toHaveLength(
      1,
    );
  }
  expect(judge(switchedOffTests, 'src/a.test.ts', `${runner}.skipIf(noRoot)('a', () => undefined);`)).toEqual(
    [],
  );
});

describe('status codes outside of api', () => {
  test.each([
    ['a setter', 'reply.status(404);'],
    ['a setter of fastify', 'reply.code(chosen);'],
    ['a member', 'const code = response.statusCode;'],
    ['a comparison', 'if (response.status >= 400) fail();'],
    ['a comparison the other way round', 'if (404 === status) fail();'],
    ['a property', 'const reply = { status: 503 };'],
  ])('are found: %s', (_what, text) => {
    expect(judge(statusCodesOutsideApi, 'src/work/start-scan.ts', text)).not.toEqual([]);
    expect(judge(statusCodesOutsideApi, 'web/api/client.ts', text)).not.toEqual([]);
    expect(judge(statusCodesOutsideApi, 'src/api/server.ts', text)).toEqual([]);
  });

  test.each([
    ['the status of a scan', `if (scan.status === 'running') stop();`],
    ['a status passed on', 'const reply = { status: response.status };'],
    ['other numbers', 'if (hosts.count > 400) fail();'],
    ['an exit code', 'exit.code(1);'],
  ])('are not %s', (_what, text) => {
    expect(judge(statusCodesOutsideApi, 'src/work/start-scan.ts', text)).toEqual([]);
  });

  test('are excepted in the catalog of errors while it contains any', () => {
    expect(judge(statusCodesOutsideApi, 'src/domain/errors/error.ts', 'const a = { http: 404 };')).toEqual(
      [],
    );
    expect(judge(statusCodesOutsideApi, 'src/domain/errors/error.ts', 'const a = 1;')).toHaveLength(1);
  });
});

const memoryBoundsIn = (file: string) =>
  readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8').match(/--max-[a-z-]+=\d+/g);

test('the program has the same memory limits however it is started', () => {
  expect(memoryBoundsIn('bin/scanorama.js')).toHaveLength(2);
  expect(memoryBoundsIn('scanorama')).toEqual(memoryBoundsIn('bin/scanorama.js'));
});
