import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestDatabase, type TestDatabase, urlOf } from '../support/database/database.ts';
import {
  canMakeNamespaces,
  makeNamespacePair,
  type NamespacePair,
  NEAR_ADDRESS,
} from '../support/network/namespace-pair.ts';
import { runProgram } from '../support/programs/program.ts';
import { expectComplete } from '../support/scans/complete-scan.ts';

const isLeftOut = !canMakeNamespaces();
const LINK = 'con-veth';
const [NEIGHBOR, LEAVER, THIRD] = ['198.18.0.2', '198.18.0.3', '198.18.0.4'];
let pair: NamespacePair;
let db: TestDatabase;
beforeAll(async () => {
  if (isLeftOut) return;
  pair = makeNamespacePair();
  db = await openTestDatabase();
  for (const address of [LEAVER, THIRD]) far(`address add ${address}/24 dev ${LINK}`);
});
afterAll(async () => {
  if (isLeftOut) return;
  pair.remove();
  await db.close();
});

function far(texts: string): void {
  const { status, stderr } = spawnSync('ip', ['-n', pair.far, ...texts.split(' ')]);
  if (status !== 0) throw new Error(`ip ${texts}: ${stderr.toString()}`);
}

async function program(...texts: string[]): Promise<string> {
  const url = ['--database-url', urlOf(db.address)];
  const { code, stdout, stderr } = await runProgram([...texts, ...url], { namespace: pair.near });
  if (code !== 0) throw new Error(`${texts.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}
const scan = () =>
  program('scan', '--yes', '--live-hosts', '-p', '9', '--rate', 'max', '198.18.0.1-198.18.0.5');

const hosts = z.array(z.object({ ip: z.string(), status: z.string(), misses: z.number() }));
async function lifecycles(): Promise<Readonly<Record<string, string>>> {
  const known = hosts.parse(JSON.parse(await program('hosts', 'list', '--json')));
  return Object.fromEntries(known.map(({ ip, status, misses }) => [ip, `${status} ${misses}`]));
}

it.skipIf(isLeftOut)(
  'a host that leaves a real network goes down, a cut uplink changes nothing, and who returns is up',
  {
    timeout: 240_000,
  },
  async () => {
    await program('networks', 'add', '198.18.0.0/24', '--name', 'link');
    await program('networks', 'edit', 'link', '--down-after-misses', '1');
    await scan();
    expect(await lifecycles()).toMatchObject({ [NEIGHBOR]: 'up 0', [LEAVER]: 'up 0', [THIRD]: 'up 0' });

    far(`address delete ${LEAVER}/24 dev ${LINK}`);
    await scan();
    const left = { [NEIGHBOR]: 'up 0', [LEAVER]: 'down 1', [THIRD]: 'up 0' };
    expect(await lifecycles()).toMatchObject(left);

    far(`link set ${LINK} down`);
    await scan();
    // This machine keeps responding to itself.
    expect(await lifecycles()).toMatchObject({ ...left, [NEAR_ADDRESS]: expect.any(String) });

    far(`link set ${LINK} up`);
    far(`address add ${LEAVER}/24 dev ${LINK}`);
    await scan();
    expect(await lifecycles()).toMatchObject({ [NEIGHBOR]: 'up 0', [LEAVER]: 'up 0', [THIRD]: 'up 0' });
    const shown = await program('hosts', 'show', LEAVER);
    expect(shown).toMatch(/status +up → down +no-response +scan /);
    expect(shown).toMatch(/Answers in +[\d.]+ ms on average/);
    await expectComplete(db.store.read);
  },
);

it.skipIf(isLeftOut)(
  'a host that a scan saw by its ports is missed by a discovery run that uses only ARP, and the other way round',
  {
    timeout: 240_000,
  },
  async () => {
    const discover = () =>
      program('discover', '--yes', '--method', 'arp,tcp', '--rate', 'max', '198.18.0.0/29', '--json');
    await scan();
    expect(await lifecycles()).toMatchObject({ [LEAVER]: 'up 0', [THIRD]: 'up 0' });
    expect(await program('hosts', 'show', LEAVER)).toMatch(/Status +up \((rst|conn-refused)\)/);

    far(`address delete ${LEAVER}/24 dev ${LINK}`);
    await discover();
    expect(await lifecycles()).toMatchObject({ [NEIGHBOR]: 'up 0', [LEAVER]: 'down 1', [THIRD]: 'up 0' });
    expect(await program('hosts', 'show', LEAVER)).not.toContain('could not have heard');

    // Last seen as a neighbor, and probed by a scan whose other hosts are seen by their ports.
    expect(await program('hosts', 'show', THIRD)).toMatch(/Status +up \(arp-response\)/);
    far(`address delete ${THIRD}/24 dev ${LINK}`);
    await scan();
    expect(await lifecycles()).toMatchObject({ [NEIGHBOR]: 'up 0', [THIRD]: 'down 1' });
    expect(await program('hosts', 'show', THIRD)).not.toContain('could not have heard');
    await expectComplete(db.store.read);
  },
);
