import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import { printed, runProgram, startProgram, temporaryDataDir } from '../support/programs/program.ts';
import { expectComplete } from '../support/scans/complete-scan.ts';
import { hasTool, withoutLab } from './support/namespaces.ts';
import { CLOSING, makeVantageLan, type VantageLan, type VantagePoint } from './support/vantage-lan.ts';

/** Whether to skip it, with a warning. */
function withoutRuns(): boolean {
  if (withoutLab()) return true;
  if (hasTool('nmap')) return false;
  console.warn('NO NMAP: nothing is imported from two vantage points.');
  return true;
}

interface Run {
  readonly from: VantagePoint;
  readonly file: string;
}

const isLeftOut = withoutRuns();
let lan: VantageLan;
let runs: readonly Run[] = [];
interface Inventory {
  /** Options with the directory by which commands find its server. */
  readonly dataDir: string;
  readonly database: TestDatabase;
  close(): Promise<void>;
}
const inventories: Inventory[] = [];

/** Empty, with a server, so that no command has to open the database by itself. */
async function emptyInventory(): Promise<Inventory> {
  const [database, data] = await Promise.all([openTestDatabase(), temporaryDataDir()]);
  const place = ['--data-dir', data.path, '--database-url', urlOf(database.address)];
  const server = startProgram(['serve', '--roles', 'web', '--listen', '0', ...place]);
  const ended = once(server, 'close');
  const close = async () => {
    server.kill('SIGTERM');
    await ended;
    await database.close();
    await data.remove();
  };
  const inventory = { dataDir: data.path, database, close };
  inventories.push(inventory);
  await printed(server, /Scanorama is running/);
  return inventory;
}

const PLAN: readonly { readonly from: VantagePoint; readonly flags: readonly string[] }[] = [
  { from: 'outside', flags: ['-sS'] },
  { from: 'inside', flags: ['-sT'] },
  { from: 'outside', flags: ['-sT', '-Pn'] },
  { from: 'inside', flags: ['-sS', '-Pn'] },
  { from: 'outside', flags: ['-sS', '-Pn'] },
];
/** The one real change comes before this run, counted from 0: each vantage point scans before and after. */
const CLOSED_BEFORE = 3;

async function allRuns(): Promise<Run[]> {
  const created: Run[] = [];
  for (const [at, { from, flags }] of PLAN.entries()) {
    if (at === CLOSED_BEFORE) await lan.close();
    created.push({ from, file: await lan.scan(from, flags) });
  }
  return created;
}

beforeAll(async () => {
  if (isLeftOut) return;
  lan = await makeVantageLan();
  runs = await allRuns();
}, 120_000);
afterAll(async () => {
  if (isLeftOut) return;
  for (const { database } of inventories) await expectComplete(database.store.read);
  await Promise.all(inventories.map((inventory) => inventory.close()));
  await lan.remove();
});

/** The JSON output of the built program. */
async function jsonOf<Schema extends z.ZodType>(
  schema: Schema,
  { dataDir }: Inventory,
  texts: readonly string[],
): Promise<z.output<Schema>> {
  const { code, stdout, stderr } = await runProgram([...texts, '--json', '--data-dir', dataDir]);
  if (code !== 0) throw new Error(`${texts.join(' ')} ended with ${code}: ${stderr}`);
  return schema.parse(JSON.parse(stdout));
}

const imported = z.array(z.object({ outcome: z.literal('stored'), scan_id: z.string() }));
const change = z.object({
  fact: z.string(),
  port: z.number().nullable(),
  old_value: z.string().nullable(),
  new_value: z.string().nullable(),
  reason: z.string().nullable(),
  observed_at: z.string(),
});
const port = z.object({ port: z.number(), state: z.string(), reason: z.string(), last_seen: z.string() });
const listed = z.array(
  z.object({ id: z.string(), ip: z.string(), status: z.string(), open_ports: z.array(port) }),
);
const shown = z.object({
  ip: z.string(),
  last_seen: z.string(),
  ports: z.array(port),
  history: z.array(change),
});
const compared = z.object({
  changes: z.array(z.object({ kind: z.string(), ip: z.string(), ports: z.string().nullable() })),
});
const verified = z.object({ ok: z.boolean(), faults: z.number() });

/** Imports runs in this order; returns the scan of each. */
async function importAll(
  inventory: Inventory,
  chosen: readonly Run[],
  site?: string,
): Promise<readonly string[]> {
  const place = site === undefined ? [] : ['--site', site];
  const results = await jsonOf(imported, inventory, ['import', ...chosen.map(({ file }) => file), ...place]);
  return results.map(({ scan_id }) => scan_id);
}

interface Known {
  /** `address status` of each host. */
  readonly hosts: readonly string[];
  /** Open ports, as in the list of hosts. */
  readonly open: readonly string[];
  /** `state reason` of each port that was ever open, by `address:port`. */
  readonly ports: Readonly<Record<string, string>>;
  readonly changes: readonly (z.output<typeof change> & { readonly place: string })[];
  /** When each host and port was last seen. */
  readonly seen: readonly string[];
}

/** All that is known of a site, by the commands a user would run. */
async function knownOf(inventory: Inventory, site: string): Promise<Known> {
  const hosts = await jsonOf(listed, inventory, ['hosts', 'list', '--site', site]);
  const details = await Promise.all(hosts.map(({ id }) => jsonOf(shown, inventory, ['hosts', 'show', id])));
  const ports = details.flatMap(({ ip, ports: of }) =>
    of.map((one) => ({ ...one, place: `${ip}:${one.port}` })),
  );
  return {
    hosts: hosts.map(({ ip, status }) => `${ip} ${status}`),
    open: hosts.flatMap(({ ip, open_ports }) => open_ports.map((one) => `${ip}:${one.port}`)),
    ports: Object.fromEntries(ports.map(({ place, state, reason }) => [place, `${state} ${reason}`])),
    changes: details.flatMap(({ ip, history }) =>
      history.map((row) => ({ ...row, place: row.port === null ? ip : `${ip}:${row.port}` })),
    ),
    seen: [
      ...details.map(({ ip, last_seen }) => `${ip} ${last_seen}`),
      ...ports.map(({ place, last_seen }) => `${place} ${last_seen}`),
    ],
  };
}

/** What history calls closed, the oldest first, and all entries of a host other than being up. */
function verdicts({ changes }: Known): string[] {
  return changes
    .filter(({ fact, new_value: now }) => now === 'closed' || (fact === 'status' && now !== 'up'))
    .toSorted((one, other) => (one.observed_at < other.observed_at ? -1 : 1))
    .map(({ place, old_value, new_value, reason }) => `${place} ${old_value}>${new_value} ${reason}`);
}

const ALL_UP = ['198.18.0.10 up', '198.18.0.11 up', '198.18.0.12 up', '198.18.0.13 up'];
/** Open, and rejected for the outside by the firewall in its name: the same response as that of a closed port. */
const REFUSED = '198.18.0.10:3306';
const SLOW = { timeout: 240_000 };

describe.skipIf(isLeftOut)('five runs of nmap from two vantage points', () => {
  let inventory: Inventory;
  let scans: readonly string[] = [];
  let known: Known | undefined;
  const closings = async (base: number, scan: number) => {
    const { changes } = await jsonOf(compared, inventory, [
      'scans',
      'diff',
      scans[base] ?? '',
      scans[scan] ?? '',
    ]);
    const of = (kind: string) =>
      changes
        .filter((one) => one.kind === kind)
        .map(({ ip, ports }) => (ports === null ? ip : `${ip}:${ports}`));
    return { closed: of('port_closed'), notSeen: of('host_not_seen'), changed: of('port_changed') };
  };

  beforeAll(async () => {
    inventory = await emptyInventory();
    scans = await importAll(inventory, runs);
  }, 120_000);

  it('close or remove nothing that only one of them can see', SLOW, async () => {
    known = await knownOf(inventory, 'default');
    expect(known.hosts).toEqual(ALL_UP);
    // The last run is one from the outside: its responses count, and none is counted that it did not receive.
    expect(known.ports).toEqual({
      '198.18.0.10:22': 'open syn-ack',
      '198.18.0.10:443': 'filtered no-response',
      [REFUSED]: 'closed rst',
      '198.18.0.10:8080': 'filtered admin-prohibited',
      '198.18.0.11:22': 'filtered no-response',
      [CLOSING]: 'closed rst',
      '198.18.0.12:22': 'filtered no-response',
      '198.18.0.13:22': 'open syn-ack',
      '198.18.0.13:443': 'open syn-ack',
    });
    // At no time was another one called closed, and no host anything other than up.
    expect(verdicts(known)).toEqual([
      `${REFUSED} open>closed conn-refused`,
      `${CLOSING} open>closed rst`,
      `${REFUSED} open>closed rst`,
    ]);
    const hidden = await jsonOf(z.array(change), inventory, ['hosts', 'history', '198.18.0.12']);
    expect(hidden.filter(({ fact }) => fact === 'port').map(({ new_value }) => new_value)).toEqual([
      'filtered',
      'open',
      'filtered',
      'open',
    ]);
    expect(await jsonOf(verified, inventory, ['verify'])).toEqual({ ok: true, faults: 0 });
  });

  it('report the one real change from either side, and no other', SLOW, async () => {
    expect(await closings(0, 4)).toMatchObject({ closed: [CLOSING], notSeen: [] });
    expect(await closings(1, 3)).toMatchObject({ closed: [CLOSING], notSeen: [] });
    expect(await closings(0, 2)).toMatchObject({ closed: [], notSeen: [] });
  });

  it('report a port closed from one side to the other only where there was a response', SLOW, async () => {
    const inward = await closings(2, 3);
    expect(inward).toMatchObject({ closed: [CLOSING], notSeen: [] });
    expect(inward.changed).toContain('198.18.0.13:443');
    // The hidden host is not seen from there, which proves nothing: it remains up.
    const outward = await closings(1, 2);
    expect(outward).toMatchObject({ closed: [REFUSED], notSeen: ['198.18.0.12'] });
    expect(outward.changed).toEqual([
      '198.18.0.10:443,8080',
      '198.18.0.11:22',
      '198.18.0.11:443,3306,8080',
      '198.18.0.12:22',
      '198.18.0.13:3306,8080',
    ]);
  });

  it('have the same result whatever the order they are imported in', SLOW, async () => {
    const other = await emptyInventory();
    const order = [4, 1, 3, 0, 2];
    await importAll(
      other,
      order.flatMap((at) => runs[at] ?? []),
    );
    const again = await knownOf(other, 'default');
    // History may contain more: a response before a port was first listed is recorded where its row exists already.
    expect({ ...again, changes: [] }).toEqual({ ...known, changes: [] });
    const called = again.changes.filter(({ new_value: now }) => now === 'closed').map(({ place }) => place);
    expect(new Set(called)).toEqual(new Set([REFUSED, CLOSING]));
  });
});

describe.skipIf(isLeftOut)('a site for each vantage point', () => {
  it('separates what one of them can see from every result of the other', SLOW, async () => {
    const inventory = await emptyInventory();
    for (const site of ['inside', 'outside'] as const) {
      await jsonOf(z.object({}), inventory, ['sites', 'add', site]);
      await importAll(
        inventory,
        runs.filter(({ from }) => from === site),
        site,
      );
    }
    const [inside, outside] = [await knownOf(inventory, 'inside'), await knownOf(inventory, 'outside')];
    expect(inside.hosts).toEqual(ALL_UP);
    expect(outside.hosts).toEqual(ALL_UP.filter((host) => !host.startsWith('198.18.0.12 ')));
    expect(inside.open).toEqual([
      '198.18.0.10:22',
      '198.18.0.10:443',
      REFUSED,
      '198.18.0.10:8080',
      '198.18.0.11:22',
      '198.18.0.12:22',
      '198.18.0.13:22',
    ]);
    expect(outside.open).toEqual(['198.18.0.10:22', '198.18.0.13:22', '198.18.0.13:443']);
    for (const side of [inside, outside]) expect(verdicts(side)).toEqual([`${CLOSING} open>closed rst`]);
  });
});
