import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind, Hit, Scenario } from '#torture/fault.js';
import { isEndedScan, patiently } from '#torture/lab.js';
import type { ServerProgram } from '#torture/server-program.js';
import { KILL_POINTS, type KillPoint } from './kill-points.ts';
import type { TrapProxy } from './trap-proxy.ts';

const POLL_MS = 20;
/** Batches that may pass before a fault is injected. */
const MOST_PASSES = 2;

type Blow = (scenario: Scenario, server: ServerProgram) => Promise<() => string>;

/** Faults at a named point of the protocol between a server and PostgreSQL. */
export function pointFaults(proxies: readonly TrapProxy[]): FaultKind[] {
  const kind = (name: string, what: string, blow: Blow): FaultKind => ({
    name,
    what,
    points: KILL_POINTS,
    weight: 2,
    strike: (scenario) => strikeAt(scenario, proxies, blow),
  });
  return [
    kind(
      'worker-at',
      'kill -9 of the server that stores, at a point of its batch or of the end',
      async (_scenario, server) => () => {
        server.killNow();
        return `${server.place.name} killed`;
      },
    ),
    kind('cut-at', 'its connection to PostgreSQL cut at such a point', async () => () => 'connection cut'),
    kind('postgres-at', 'kill -9 of PostgreSQL at such a point', async ({ lab }) => {
      const pid = await patiently(lab, 'PostgreSQL runs', () => lab.database.mainProcess());
      return () => {
        lab.database.lost();
        // Without checking again whether it is the same process: the point would have passed.
        process.kill(pid, 'SIGKILL');
        return `PostgreSQL (process ${pid}) killed`;
      };
    }),
  ];
}

async function strikeAt(
  scenario: Scenario,
  proxies: readonly TrapProxy[],
  blow: Blow,
): Promise<Hit | undefined> {
  const { lab, uid, random } = scenario;
  const point = KILL_POINTS.find((known) => known === scenario.point);
  if (point === undefined) throw new RangeError(`${scenario.point} is no point`);
  const passes = isEnd(point) ? 0 : random.between(0, MOST_PASSES);
  const { promise: sprung, resolve } = Promise.withResolvers<string>();
  let isSprung = false;
  for (const [index, proxy] of proxies.entries()) {
    const server = lab.servers[index];
    if (server === undefined) continue;
    const strike = await blow(scenario, server);
    proxy.set({
      point,
      passes,
      spring: () => {
        if (isSprung) return false;
        isSprung = true;
        resolve(strike());
        return true;
      },
    });
  }
  const over = patiently(lab, 'the scan ended', async () => {
    await sleep(POLL_MS);
    return isSprung || (await isEndedScan(lab, uid)) ? true : undefined;
  });
  over.catch(() => undefined);
  const result = await Promise.race([sprung, over.then(() => undefined)]);
  for (const proxy of proxies) proxy.set(undefined);
  // A killed process disappears only shortly afterwards.
  await Promise.all(lab.servers.filter(({ isUp }) => !isUp).map((server) => server.kill()));
  if (result === undefined && !isSprung) return undefined;
  return { point, detail: `${await sprung} at "${point}", ${passes} batches later` };
}

function isEnd(point: KillPoint): boolean {
  return point.startsWith('finish');
}
