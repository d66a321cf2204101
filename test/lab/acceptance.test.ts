import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import {
  canMakeNamespaces,
  makeNamespacePair,
  type NamespacePair,
  NEAR_ADDRESS,
} from '../support/network/namespace-pair.ts';
import { ended, printed, runProgram, startProgram } from '../support/programs/program.ts';
import { underWay } from './support/in-progress.ts';

/*
 * One story from the command line: two sites with the same addresses, each a network of its own. At one of them a host
 * leaves, one opens another port, and one gets another network card; then its uplink is cut while a run is in progress.
 */

const isLeftOut = !canMakeNamespaces();
const LINK = 'con-veth';
const RANGE = '198.18.0.0/28';
const [NEIGHBOR, LEAVER, SERVER, CARD] = ['198.18.0.2', '198.18.0.3', '198.18.0.4', '198.18.0.5'];
const sites: Record<string, NamespacePair> = {};
const listeners: ChildProcess[] = [];
let db: TestDatabase;
beforeAll(async () => {
  if (isLeftOut) return;
  db = await openTestDatabase();
  for (const site of ['east', 'west']) {
    const pair = makeNamespacePair();
    sites[site] = pair;
    // Each address is reported only by the interface that has it.
    inside(pair.far, 'sysctl -qw net.ipv4.conf.all.arp_ignore=1');
    inside(pair.far, `ip link add card link ${LINK} type macvlan mode bridge`);
    inside(pair.far, 'ip link set card up');
    for (const address of [LEAVER, SERVER]) inside(pair.far, `ip address add ${address}/24 dev ${LINK}`);
    inside(pair.far, `ip address add ${CARD}/24 dev card`);
  }
});
afterAll(async () => {
  if (isLeftOut) return;
  for (const child of listeners) child.kill('SIGKILL');
  for (const pair of Object.values(sites)) pair.remove();
  await db.close();
});

const pairOf = (site: string): NamespacePair => {
  const pair = sites[site];
  if (pair === undefined) throw new Error(`there is no site ${site}`);
  return pair;
};

function inside(namespace: string, texts: string): void {
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', namespace, ...texts.split(' ')]);
  if (status !== 0) throw new Error(`${texts}: ${stderr.toString()}`);
}

async function listen(site: string, port: number): Promise<void> {
  const file = join(import.meta.dirname, 'fixtures', 'listen-on.ts');
  const command = ['netns', 'exec', pairOf(site).far, process.execPath, file, `${SERVER}:${port}`];
  const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  listeners.push(child);
  await printed(child, /ready/);
}

const url = () => ['--database-url', urlOf(db.address)];
async function program(site: string, ...texts: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram([...texts, ...url()], { namespace: pairOf(site).near });
  if (code !== 0) throw new Error(`${texts.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

const document = z.object({ id: z.string() });
async function discover(site: string): Promise<string> {
  const texts = ['discover', '--yes', '--json', '--site', site, '--rate', 'max', '--method', 'arp', RANGE];
  return document.parse(JSON.parse(await program(site, ...texts))).id;
}
async function scan(site: string): Promise<string> {
  const probed = ['--rate', 'max', '-p', '8001,8002', SERVER];
  return document.parse(JSON.parse(await program(site, 'scan', '--yes', '--json', '--site', site, ...probed)))
    .id;
}

const change = z.object({
  kind: z.string(),
  ip: z.string(),
  ports: z.string().nullable(),
  old: z.string().nullable(),
  new: z.string().nullable(),
});
async function changes(site: string, from: string, to: string): Promise<readonly string[]> {
  const diff = z.object({ changes: z.array(change) });
  const { changes: all } = diff.parse(JSON.parse(await program(site, 'scans', 'diff', from, to, '--json')));
  return all.map(({ kind, ip, ports, old, new: now }) =>
    [kind, ip, ports, old, now].filter(Boolean).join(' '),
  );
}

const hosts = z.array(z.object({ ip: z.string(), status: z.string() }));
async function statuses(site: string): Promise<Readonly<Record<string, string>>> {
  const known = hosts.parse(JSON.parse(await program(site, 'hosts', 'list', '--site', site, '--json')));
  return Object.fromEntries(known.map(({ ip, status }) => [ip, status]));
}
const ALL_UP = { [NEIGHBOR]: 'up', [LEAVER]: 'up', [SERVER]: 'up', [CARD]: 'up' };

it.skipIf(isLeftOut)(
  'a change at one of two sites is reported, and nothing else',
  { timeout: 300_000 },
  async () => {
    for (const site of ['east', 'west']) await program('east', 'sites', 'add', site);
    await listen('east', 8001);
    const west = await discover('west');
    const [run, ports] = [await discover('east'), await scan('east')];

    inside(pairOf('east').far, `ip address delete ${LEAVER}/24 dev ${LINK}`);
    inside(pairOf('east').far, 'ip link set card address 02:00:00:00:05:05');
    await listen('east', 8002);
    const [next, morePorts] = [await discover('east'), await scan('east')];
    expect((await changes('east', run, next)).map((line) => line.split(' ').slice(0, 2))).toEqual([
      ['host_not_seen', LEAVER],
      ['mac_changed', CARD],
    ]);
    expect(await changes('east', ports, morePorts)).toEqual([`port_opened ${SERVER} 8002 closed open`]);
    expect(await changes('west', west, await discover('west'))).toEqual([]);

    for (const _ of [2, 3]) await discover('east');
    const away = { ...ALL_UP, [LEAVER]: 'down' };
    expect(await statuses('east')).toEqual(away);
    expect(await statuses('west')).toEqual(ALL_UP);

    await cutDuringRun('east');
    // A ping of the machine's own address is answered by itself, too.
    expect(await statuses('east')).toEqual({ ...away, [NEAR_ADDRESS]: 'up' });
    expect(await statuses('west')).toEqual(ALL_UP);
    expect(await program('east', 'verify')).toContain('No fault in');
  },
);

/** A slow run, whose uplink is cut once part of it is stored. */
async function cutDuringRun(site: string): Promise<void> {
  const { near, far } = pairOf(site);
  const texts = ['discover', '--yes', '--site', site, '--rate', '200', '--method', 'ping', '198.18.0.0/22'];
  const child = startProgram([...texts, ...url()], { namespace: near });
  const done = ended(child);
  await underWay(db.store.read, child);
  inside(far, `ip link set ${LINK} down`);
  await done;
  inside(far, `ip link set ${LINK} up`);
}
