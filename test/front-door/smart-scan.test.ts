import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SMART_SCAN_STAGES } from '#domain/smart-scan/smart-scan.js';
import { hasTerminal, runInTerminal } from '../support/programs/program.ts';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';

const hasNmap = spawnSync('nmap', ['--version']).status === 0;
if (!hasNmap) console.warn('NO NMAP: tests that run nmap itself are skipped, because it is not installed.');
const terminal = hasTerminal();
const isRoot = process.getuid?.() === 0;

const HOST = '127.88.0.5';
const stageJson = z.looseObject({
  completeness_score: z.number(),
  next: z.string().nullable(),
  stages: z.array(z.looseObject({ stage: z.string(), state: z.string() })),
});
const outcomeJson = z.looseObject({
  scans: z.array(z.looseObject({ stage: z.string(), status: z.string(), hosts: z.number() })),
});
const hostJson = z.looseObject({
  completeness_score: z.number(),
  open_ports: z.array(z.looseObject({ port: z.number(), product: z.string().nullable() })),
});

describe.skipIf(!hasNmap)('smart scan at the terminal, with real scans of loopback', () => {
  let served: ServedProgram;
  let listener: Server;
  let port: number;
  beforeAll(async () => {
    listener = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
    });
    await new Promise<void>((resolve) => listener.listen(0, HOST, resolve));
    const bound = listener.address();
    port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    served = await serveProgram();
    expect(await served.run('scan', HOST, '-p', String(port))).toMatchObject({ code: 0 });
  }, 60_000);
  afterAll(async () => {
    await served?.close();
    await new Promise((resolve) => listener.close(resolve));
  });

  const json = async <Answer>(schema: z.ZodType<Answer>, ...texts: string[]) =>
    schema.parse(JSON.parse((await served.run(...texts, '--json')).stdout));

  it('reports a resolver that does not respond; a run that resolves only names fails', async () => {
    const noOne = ['--resolver', '127.88.0.53'];
    const run = await served.run('discover', HOST, '--method', 'dns', ...noOne);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /No name could be resolved: no response from 127\.88\.0\.53 port 53.*resolver_unreachable/,
    );
    const stage = await served.run('smart-scan', 'trigger-batch', HOST, '--stage', 'identity', ...noOne);
    expect(stage.stdout).toMatch(/Scan .*: The names of 127\.88\.0\.5 and its like were not found out: /);
    const both = await served.run('discover', HOST, '--method', 'ping,dns', ...noOne);
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/ 1 host up of 1 address probed by .* Not all names were found out\.\n/);
  });

  it.skipIf(!isRoot)(
    'gives the missing response of a resolver as the reason why nothing is known',
    async () => {
      const unresponsive = createSocket('udp4').bind(53, '127.88.0.54');
      await once(unresponsive, 'listening');
      let probed = 0;
      unresponsive.on('message', () => {
        probed += 1;
      });
      const resolver = ['--resolver', '127.88.0.54'];
      const other = '127.88.0.6';
      try {
        await served.run('discover', other, '--method', 'ping');
        const ran = await served.run(
          'smart-scan',
          'trigger-batch',
          other,
          '--stage',
          'identity',
          ...resolver,
        );
        expect(ran.stdout).toMatch(/were not found out: the resolver did not respond\./);
        expect(probed).toBeGreaterThan(0);
      } finally {
        unresponsive.close();
      }
      const why = 'The last scan for it did not receive all names: the resolver did not respond.';
      const { stages } = await json(stageJson, 'smart-scan', 'stage', other, ...resolver);
      expect(stages).toContainEqual(
        expect.objectContaining({ stage: 'identity', state: 'waiting', reason: why }),
      );
      const again = await served.run('smart-scan', 'trigger', other, '--stage', 'identity', ...resolver);
      expect(again.stdout).toMatch(/^Nothing is started\. /);
      const suggested = await served.run('smart-scan', 'suggestions', ...resolver);
      expect(suggested.stdout).toMatch(
        /identity: \d hosts? left alone for now\. .*resolver did not respond\.\n/,
      );
      expect(await served.run('hosts', 'delete', other)).toMatchObject({ code: 0 });
    },
  );

  it('shows what is missing, scans for it, and knows more then', { timeout: 120_000 }, async () => {
    const before = await json(stageJson, 'smart-scan', 'stage', HOST);
    expect(before).toMatchObject({ completeness_score: 40, next: 'service_scan' });
    const suggested = await served.run('smart-scan', 'suggestions');
    expect(suggested.stdout).toMatch(/service_scan +1 +0 +0 +0 +1 × 1 port/);
    expect(suggested.stdout).toContain(
      'identity: Names need a resolver, and none is specified (`--resolver ADDRESS`',
    );
    const outcome = await json(outcomeJson, 'smart-scan', 'trigger', HOST);
    expect(outcome.scans).toMatchObject([{ stage: 'service_scan', status: 'completed', hosts: 1 }]);
    const host = await json(hostJson, 'hosts', 'show', HOST);
    expect(host).toMatchObject({ completeness_score: 60, open_ports: [{ port, product: 'OpenSSH' }] });
    const list = await served.run('hosts', 'list', '--filter', 'score>=60');
    expect(list.stdout).toContain(HOST);
  });

  it.skipIf(!isRoot)(
    'goes on with the system, and in the end leaves the host alone',
    { timeout: 180_000 },
    async () => {
      const outcome = await json(outcomeJson, 'smart-scan', 'trigger-batch', HOST);
      expect(outcome.scans).toMatchObject([{ stage: 'os_detection', status: 'completed' }]);
      const after = await json(stageJson, 'smart-scan', 'stage', HOST);
      const system = after.stages.find(({ stage }) => stage === 'os_detection');
      // nmap may not recognize the kernel of a container by its loopback; then the stage is left as it is.
      expect(['known', 'waiting']).toContain(system?.state);
      expect(after.next).toBeNull();
      const again = await served.run('smart-scan', 'trigger', HOST);
      expect(again.stdout).toMatch(/^Nothing is started\. /);
    },
  );

  it('prints a table of untruncated lines, with colors on a terminal', async () => {
    const texts = ['smart-scan', 'suggestions', '--resolver', '127.0.0.1'];
    const { stdout } = await served.run(...texts);
    expect(stdout).not.toContain('\uFFFD');
    const [head, gap, heads, ...rows] = stdout.split('\n');
    expect(head).toBe('Something is missing of 1 host.');
    expect(gap).toBe('');
    expect(heads).toMatch(/^STAGE +DUE +RUNNING +WAITING +IMPOSSIBLE +A TRIGGER WOULD SCAN$/);
    for (const stage of SMART_SCAN_STAGES)
      expect(rows.filter((row) => row.startsWith(`${stage} `))).toHaveLength(1);
  });

  it.skipIf(!terminal)('prints the same with colors on a terminal', async () => {
    const colored = await runInTerminal(['smart-scan', 'suggestions', '--data-dir', served.dataDir]);
    expect(colored.stdout).not.toContain('\uFFFD');
    expect(colored.stdout).toContain('\u001b[2mSTAGE');
    const plain = await served.run('smart-scan', 'suggestions');
    expect(stripVTControlCharacters(colored.stdout).replaceAll('\r\n', '\n')).toBe(plain.stdout);
  });

  it('refuses invalid values before anything is probed', async () => {
    for (const [flag, value] of [
      ['--threshold', '101'],
      ['--threshold', '0'],
      ['--limit', '501'],
      ['--max-staleness', '5m'],
      ['--stage', 'guess'],
    ] as const) {
      const texts = ['smart-scan', flag === '--stage' ? 'trigger-batch' : 'suggestions', flag, value];
      if (flag === '--stage') texts.push(HOST);
      const refused = await served.run(...texts);
      expect(refused.code).toBe(2);
      // The result is the same, whichever end is passed.
      if (flag === '--threshold')
        expect(refused.stderr).toContain('must be a whole number from 1 to 100, not');
    }
  });
});
