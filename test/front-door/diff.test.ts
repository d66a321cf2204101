import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../support/programs/program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profiles-diff-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A report of one host with two ports of these states. */
async function report(name: string, states: readonly [string, string]): Promise<string> {
  const path = join(folder, name);
  const ports = states.map(
    (state, index) =>
      `<port protocol="tcp" portid="${index + 1}"><state state="${state}" reason="${state === 'open' ? 'syn-ack' : 'reset'}"/></port>`,
  );
  await writeFile(
    path,
    `<?xml version="1.0"?><nmaprun scanner="nmap" version="7.93" start="1700000000">
<scaninfo type="syn" protocol="tcp" numservices="2" services="1-2"/>
<host starttime="1700000000"><status state="up" reason="reset"/><address addr="198.18.0.1" addrtype="ipv4"/><ports>${ports.join('')}</ports></host>
<runstats><finished time="1700000001" exit="success"/></runstats></nmaprun>`,
  );
  return path;
}

it('two reports are compared without a database', async () => {
  const before = await report('before.xml', ['open', 'closed']);
  const after = await report('after.xml', ['closed', 'open']);
  const away = ['--data-dir', join(folder, 'none')];
  const reported = await runProgram(['diff', before, after, '--exit-code', ...away]);
  expect(reported).toMatchObject({ code: 3, stderr: '' });
  expect(reported.stdout.split('\n').slice(3)).toEqual([
    '-  198.18.0.1  1/tcp  open → closed',
    '+  198.18.0.1  2/tcp  closed → open',
    '',
    '1 port opened, 1 port closed.',
    '',
  ]);
  const same = await runProgram(['diff', before, before, '--exit-code', '--json', ...away]);
  expect(same.code).toBe(0);
  expect(JSON.parse(same.stdout)).toMatchObject({
    base: { file: before },
    scan: { file: before },
    counts: { ports_opened: 0 },
    changes: [],
  });
  const odd = await runProgram(['diff', before, join(folder, 'nowhere.xml'), ...away]);
  expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('[file_unreadable]') });
}, 60_000);
