import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { makeNamespacePair, type NamespacePair } from '../support/network/namespace-pair.ts';
import { printed } from '../support/programs/program.ts';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';
import { must, withoutLab } from './support/namespaces.ts';

/** Neighbors of the scanner, each with this port open and the other one closed. */
const HOSTS = ['198.18.0.2', '198.18.0.3', '198.18.0.4'];
const TARGETS = '198.18.0.2-198.18.0.4';
const [OPEN, CLOSED] = [22, 443];
const PARTIAL = 3;

const isLeftOut = withoutLab();
let pair: NamespacePair;
let served: ServedProgram;
let listener: ChildProcess;

beforeAll(async () => {
  if (isLeftOut) return;
  pair = makeNamespacePair();
  for (const host of HOSTS.slice(1))
    must('ip', ['-n', pair.far, 'address', 'add', `${host}/24`, 'dev', 'con-veth']);
  const script = `require('node:net').createServer((socket) => socket.on('error', () => {})).listen(${OPEN}, '0.0.0.0', () => console.log('ready'))`;
  listener = spawn('ip', ['netns', 'exec', pair.far, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await printed(listener, /ready/);
  served = await serveProgram({ namespace: pair.near });
}, 60_000);
afterAll(async () => {
  if (isLeftOut) return;
  await served?.close();
  const gone = once(listener, 'close');
  listener.kill('SIGKILL');
  await gone;
  pair.remove();
});

const scanned = z.object({
  id: z.string(),
  status: z.string(),
  partial: z.boolean(),
  partial_reason: z.string().nullable(),
  hosts_up: z.number(),
  probes: z.object({ sent: z.number(), answered: z.number() }),
  warnings: z.array(z.object({ kind: z.string(), subject: z.string() })).default([]),
  hosts: z.array(z.object({ ip: z.string() })),
});
const listed = z.array(
  z.object({
    ip: z.string(),
    status: z.string(),
    open_ports: z.array(z.object({ port: z.number(), state: z.string(), reason: z.string() })),
  }),
);
const shown = z.object({ ports: z.array(z.unknown()), history: z.array(z.unknown()) });
const compared = z.object({ counts: z.record(z.string(), z.number().nullable()) });

function link(end: 'near' | 'far', state: 'up' | 'down'): void {
  must('ip', ['-n', pair[end], 'link', 'set', 'con-veth', state]);
}

async function jsonOf<Schema extends z.ZodType>(
  schema: Schema,
  ...texts: string[]
): Promise<z.output<Schema>> {
  const { code, stdout, stderr } = await served.run(...texts, '--json');
  expect({ words: texts, code, stderr }).toEqual({ words: texts, code: 0, stderr: '' });
  return schema.parse(JSON.parse(stdout));
}

async function scan(type: string, code = 0) {
  const texts = ['scan', TARGETS, '-p', `${OPEN},${CLOSED}`, '--type', type, '--enrich', 'none', '--yes'];
  const reported = await served.run(...texts, '--json');
  expect({ code: reported.code, stderr: reported.stderr }).toMatchObject({ code });
  return scanned.parse(JSON.parse(reported.stdout));
}

/** All that is known of the hosts, except when each was observed. */
async function known(): Promise<unknown> {
  const hosts = await jsonOf(listed, 'hosts', 'list');
  const each = await Promise.all(HOSTS.map((host) => jsonOf(shown, 'hosts', 'show', host)));
  return { hosts, each };
}

it.skipIf(isLeftOut).each(['syn', 'connect'])(
  'a link that is down proves nothing about the hosts behind it: %s',
  async (type) => {
    const before = await scan(type);
    expect(before).toMatchObject({ status: 'completed', partial: false, hosts_up: HOSTS.length });
    const knownBefore = await known();
    for (const [end, unreachable, why] of [
      ['near', 'ENETUNREACH', 'no route leads there'],
      ['far', 'ENETDOWN', 'the network interface on the way there is down'],
    ] as const) {
      link(end, 'down');
      const during = await scan(type, PARTIAL);
      expect(during).toMatchObject({ status: 'completed', partial: true, hosts_up: 0, hosts: [] });
      expect(during.probes).toEqual({ sent: 0, answered: 0 });
      expect(during.warnings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
        `not-probed ${unreachable}`,
      ]);
      expect(during.partial_reason).toBe(
        `Not all addresses could be probed from here: ${why} (${unreachable}).`,
      );
      expect(await known()).toEqual(knownBefore);
      const { counts } = await jsonOf(compared, 'scans', 'diff', before.id, during.id);
      expect(Object.values(counts).every((count) => count === 0)).toBe(true);
      link(end, 'up');
      // The carrier comes shortly after the link is set up.
      await expect
        .poll(() => must('ip', ['-n', pair.near, '-o', 'link', 'show', 'con-veth']), { timeout: 10_000 })
        .toContain('LOWER_UP');
    }
    const after = await scan(type);
    expect(after).toMatchObject({ status: 'completed', partial: false, hosts_up: HOSTS.length });
    expect((await jsonOf(listed, 'hosts', 'list')).map(({ ip, status }) => `${ip} ${status}`)).toEqual(
      HOSTS.map((host) => `${host} up`),
    );
    expect(await served.run('verify')).toMatchObject({ code: 0 });
  },
  120_000,
);
