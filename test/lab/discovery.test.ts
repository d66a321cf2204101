import type { ChildProcess } from 'node:child_process';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import { proberOf } from '../support/programs/prober-for.ts';
import { ended, startProgram } from '../support/programs/program.ts';
import { expectComplete } from '../support/scans/complete-scan.ts';
import {
  type DiscoveryField,
  fieldOf,
  HOSTS_PER_NETWORK,
  makeDiscoveryField,
} from './support/discovery-field.ts';
import { underWay } from './support/in-progress.ts';
import { hasTool, withoutLab } from './support/namespaces.ts';

const isLeftOut = withoutLab();
let field: DiscoveryField;
let db: TestDatabase;
beforeAll(async () => {
  if (isLeftOut) return;
  field = makeDiscoveryField();
  db = await openTestDatabase();
});
afterAll(async () => {
  if (isLeftOut) return;
  await expectComplete(db.store.read);
  await field.remove();
  await db.close();
});

const runDocument = z.object({
  id: z.string(),
  status: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  started_at: z.string(),
  completed_at: z.string(),
  hosts_up: z.number(),
  progress: z.object({ positions: z.number(), completed: z.number(), skipped: z.number() }),
  probes: z.object({ sent: z.number(), answered: z.number() }),
  changes: z.object({ hosts_new: z.number(), hosts_not_seen: z.number() }).optional(),
  warnings: z.array(z.object({ kind: z.string(), message: z.string() })),
  hosts: z.array(
    z.object({
      ip: z.string(),
      host_id: z.string().nullable(),
      reason: z.string().nullable(),
      round_trip_us: z.number().nullable(),
      mac: z.string().nullable(),
      hostname: z.string().nullable(),
    }),
  ),
});
type RunDocument = z.infer<typeof runDocument>;

/** The built program in the namespace of the scanner, with its database elsewhere. */
function start(texts: readonly string[]): ChildProcess {
  return startProgram([...texts, '--database-url', urlOf(db.address)], { namespace: field.scanner });
}

async function documentOf(child: ChildProcess): Promise<RunDocument> {
  const { code, stdout, stderr } = await ended(child);
  if (stdout === '') throw new Error(`the run ended with ${code}: ${stderr}`);
  return runDocument.parse(JSON.parse(stdout));
}

const discovered = (...texts: readonly string[]) =>
  documentOf(start(['discover', '--yes', '--json', ...texts]));
const found = ({ hosts }: RunDocument) => hosts.map(({ ip, reason }) => `${ip} ${reason}`);

async function completedAddresses(uid: string): Promise<readonly string[]> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(address) AS address FROM scan_coverage JOIN scan_jobs job ON job.id = job_id
    WHERE job.uid = ${uid} AND protocol = 'host' ORDER BY scan_coverage.address`.execute(db.store.read);
  return rows.map(({ address }) => address);
}

/** Slow enough to be observed while running even when the test looks some seconds late: these take eight. */
const RATE_OF_16 = '500';
const RATE_OF_8 = '250';
/** The program is started several times, and timeouts have to pass. */
const SLOW = { timeout: 180_000 };
const MAC = expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);

describe.skipIf(isLeftOut)('a discovery run from the command line', () => {
  it(
    'finds neighbors by ARP and by solicitation, and reports which addresses it could not probe',
    SLOW,
    async () => {
      const run = await discovered('198.18.0.0/28', 'fd00::/125', '--method', 'arp,ndp');
      expect(run).toMatchObject({ status: 'completed', error: null });
      expect(found(run)).toEqual([
        ...['2', '3', '4'].map((last) => `198.18.0.${last} arp-response`),
        ...['2', '3'].map((last) => `fd00::${last} nd-response`),
      ]);
      expect(run.hosts.map(({ mac }) => mac)).toEqual([MAC, MAC, MAC, MAC, MAC]);
      expect(run.hosts.every(({ round_trip_us: us }) => us !== null && us > 0)).toBe(true);
      // Its own addresses are no neighbors.
      expect(run.progress).toMatchObject({ positions: 24, skipped: 2 });
      expect(run.warnings.map(({ kind }) => kind)).toEqual(['not-probed']);
    },
  );

  it('finds hosts by ping and by TCP, on the link and beyond', SLOW, async () => {
    const targets = ['198.18.0.0/29', '198.18.16.8'];
    const all = ['198.18.0.1', '198.18.0.2', '198.18.0.3', '198.18.0.4', '198.18.16.8'];
    const ping = await discovered(...targets, '--method', 'ping');
    expect(found(ping)).toEqual(all.map((ip) => `${ip} echo-reply`));
    const { code, stdout } = await ended(start(['discover', '--yes', '--method', 'tcp', ...targets]));
    expect(code).toBe(0);
    for (const ip of all) expect(stdout).toMatch(new RegExp(`^${ip} +up +rst +\\d+\\.\\d{3} ms`, 'm'));
    expect(stdout).toContain('5 hosts up of 9 addresses probed by tcp');
  });

  it.skipIf(!hasTool('dnsmasq'))(
    'queries the given resolver, and creates no host from a name alone',
    SLOW,
    async () => {
      const records = ['3.0.18.198.in-addr.arpa,printer.lab.test', '9.0.18.198.in-addr.arpa,ghost.lab.test'];
      const flags =
        '--keep-in-foreground --no-resolv --no-hosts --bind-interfaces --user=root --log-facility=-';
      const files = ['--conf-file=/dev/null', '--pid-file=', '--listen-address=198.18.0.2'];
      const names = records.map((record) => `--ptr-record=${record}`);
      await field.startHost(['dnsmasq', ...flags.split(' '), ...files, ...names], /started/);
      const run = await discovered(
        '198.18.0.2-198.18.0.9',
        '--method',
        'arp,dns',
        '--resolver',
        '198.18.0.2',
      );
      expect(run.hosts).toMatchObject([
        { ip: '198.18.0.2', reason: 'arp-response', hostname: null },
        { ip: '198.18.0.3', reason: 'arp-response', hostname: 'printer.lab.test' },
        { ip: '198.18.0.4', reason: 'arp-response', hostname: null },
        { ip: '198.18.0.9', reason: null, hostname: 'ghost.lab.test', host_id: null },
      ]);
      expect(run.hosts_up).toBe(3);
      // It knows of no other name, and refuses the query.
      expect(run.warnings.map(({ message }) => message)).toEqual([
        'The names of 198.18.0.2-198.18.0.8 and its like were not found out: the resolver refused the query.',
      ]);
      // A run for names alone reports no host as up; the name of a known host is stored as a fact of it.
      const namesAlone = await discovered(
        '198.18.0.3',
        '198.18.0.9',
        '--method',
        'dns',
        '--resolver',
        '198.18.0.2',
      );
      expect(namesAlone).toMatchObject({ status: 'completed', hosts_up: 0, progress: { skipped: 2 } });
      expect(namesAlone.hosts).toMatchObject([
        { ip: '198.18.0.3', reason: null, hostname: 'printer.lab.test', host_id: expect.any(String) },
        { ip: '198.18.0.9', reason: null, hostname: 'ghost.lab.test', host_id: null },
      ]);
    },
  );

  it('scans the networks of the machine only after confirmation', SLOW, async () => {
    const probed = await ended(start(['discover', '--local', '--method', 'arp']));
    expect(probed.code).toBe(2);
    expect(probed.stderr).toContain('Hosts would be looked for in 198.18.0.0/24 (s0).');
    const run = await discovered('--local', '--method', 'arp');
    expect(run.progress.positions).toBe(256);
    expect(run.hosts_up).toBe(3);
  });
});

describe.skipIf(isLeftOut)('a discovery run that is interrupted', () => {
  it(
    'keeps what it found when it is stopped, and probes nothing again when it is resumed',
    SLOW,
    async () => {
      const targets = fieldOf(16);
      const child = start([
        'discover',
        '--yes',
        '--json',
        '--method',
        'ping',
        '--rate',
        RATE_OF_16,
        ...targets,
      ]);
      const uid = await underWay(db.store.read, child);
      child.kill('SIGINT');
      const stopped = await documentOf(child);
      expect(stopped).toMatchObject({ id: uid, status: 'cancelled' });
      const kept = await completedAddresses(uid);
      expect(kept.length).toBe(stopped.progress.completed);
      expect(kept.length).toBeLessThan(16 * HOSTS_PER_NETWORK);
      expect(stopped.hosts_up).toBe(kept.length);

      const capture = await field.capturePings();
      const complete = await documentOf(start(['scans', 'resume', uid, '--json']));
      const probed = await capture.end();
      expect(complete).toMatchObject({ status: 'completed', hosts_up: 16 * HOSTS_PER_NETWORK });
      expect(probed.filter((address) => kept.includes(address))).toEqual([]);
      // A capture on a busy machine loses packets; that all others were probed is shown by their responses.
      expect(probed.length).toBeGreaterThan(0);
      expect(await completedAddresses(uid)).toEqual(addressesOf(targets));
    },
  );

  it('continues when its prober is killed, and stores each address once', SLOW, async () => {
    const targets = fieldOf(8);
    const child = start(['discover', '--yes', '--json', '--method', 'ping', '--rate', RATE_OF_8, ...targets]);
    const uid = await underWay(db.store.read, child);
    process.kill(proberOf(child.pid), 'SIGKILL');
    const run = await documentOf(child);
    expect(run).toMatchObject({ id: uid, status: 'completed', hosts_up: 8 * HOSTS_PER_NETWORK });
    expect(await completedAddresses(uid)).toEqual(addressesOf(targets));
  });
});

describe.skipIf(isLeftOut)('a network of 4,000 hosts', () => {
  it('is stored in one pass, at the same cost per host as one of 250', SLOW, async () => {
    const seconds = new Map<number, number>();
    for (const networks of [1, 4, 16]) {
      const hosts = networks * HOSTS_PER_NETWORK;
      const run = await discovered(...fieldOf(networks), '--method', 'ping', '--rate', 'max');
      expect(run).toMatchObject({
        status: 'completed',
        hosts_up: hosts,
        progress: { completed: hosts, skipped: 0 },
      });
      expect(run.hosts).toHaveLength(hosts);
      seconds.set(hosts, (Date.parse(run.completed_at) - Date.parse(run.started_at)) / 1_000);
    }
    // Printed for the reader to judge; a busy machine is no defect of the program.
    console.log(costText(seconds));
  });
});

/** Milliseconds per host, of complete runs and of the additional hosts of each larger one, without the start-up time. */
function costText(seconds: ReadonlyMap<number, number>): string {
  const costs = [...seconds].map(([hosts, took]) => ({ hosts, took, each: (1_000 * took) / hosts }));
  const more = costs.slice(1).map(({ hosts, took }, at) => {
    const before = costs[at] ?? { hosts: 0, took: 0 };
    return (1_000 * (took - before.took)) / (hosts - before.hosts);
  });
  const complete = costs.map(
    ({ hosts, took, each }) => `${hosts} hosts in ${took.toFixed(2)} s (${each.toFixed(2)} ms each)`,
  );
  const [smallest, largest] = [costs[0]?.each ?? 1, costs.at(-1)?.each ?? 0];
  return `${complete.join(', ')}: cost of a host in the largest : in the smallest = ${(largest / smallest).toFixed(2)}; each further host ${more.map((ms) => ms.toFixed(2)).join(', then ')} ms`;
}

function addressesOf(targets: readonly string[]): string[] {
  const set = AddressSet.parse(targets);
  return Array.from({ length: Number(set.size) }, (_, at) => formatAddress(set.nth(BigInt(at))));
}
