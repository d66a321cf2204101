import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { idleTransactions, sessionProcesses, shardHolder } from '#store/scans/scan-evidence.js';
import { ANY_TIME, type FaultKind, type Hit, type Scenario } from '#torture/fault.js';
import { type Holder, holderOf, isEndedScan, patiently, poll } from '#torture/lab.js';

/** A frozen server whose transaction is open holds its locks: nobody can take over before the database ends it. */
const LOCK_CHECK_MS = 60;
const FREEZE_ATTEMPTS = 20;
/** How long a thawed server may take to find out that it lost its lease. */
const THAW_MS = 2_000;
const POLL_MS = 20;
const LEASE_LOST = 'the lease went to another worker';

/** What can be done to a scan without privileges and without anything in between. */
export const FAULTS: readonly FaultKind[] = [
  kind('prober', 'kill -9 of the process that probes', killProber),
  kind('worker', 'kill -9 of the server that runs the scan, while another one runs', killWorker),
  kind('server', 'kill -9 of every server', killServers),
  kind('postgres', 'kill -9 of PostgreSQL', killPostgres),
  kind('backend', 'kill -9 of one session of PostgreSQL, which makes it recover', killBackend),
  kind('restart', 'an orderly restart of PostgreSQL', restartPostgres),
  kind('freeze', 'a server that stands still until another took over, and then goes on', freezeWorker),
];

function kind(name: string, what: string, strike: FaultKind['strike']): FaultKind {
  return { name, what, strike, points: [ANY_TIME], weight: 1 };
}

function hit(detail: string): Hit {
  return { point: ANY_TIME, detail };
}

/** A random instant of the scan, from before its first packet to about its end. */
async function randomTime({ truth, random }: Scenario): Promise<number> {
  const delayMs = random.between(0, truth.durationMs);
  await sleep(delayMs);
  return delayMs;
}

async function killProber(scenario: Scenario): Promise<Hit | undefined> {
  const atMs = await randomTime(scenario);
  const holder = await holderOf(scenario.lab, scenario.uid);
  const pid = await holder?.server.proberProcess();
  if (holder === undefined || pid === undefined) return undefined;
  process.kill(pid, 'SIGKILL');
  return hit(`prober ${pid} of ${holder.server.place.name} killed after ${atMs} ms`);
}

async function killWorker(scenario: Scenario): Promise<Hit | undefined> {
  const atMs = await randomTime(scenario);
  const holder = await holderOf(scenario.lab, scenario.uid);
  if (holder === undefined) return undefined;
  await holder.server.kill();
  return hit(`${holder.server.place.name} killed after ${atMs} ms`);
}

async function killServers(scenario: Scenario): Promise<Hit> {
  const atMs = await randomTime(scenario);
  await Promise.all(scenario.lab.servers.map((server) => server.kill()));
  return hit(`every server killed after ${atMs} ms`);
}

async function killPostgres(scenario: Scenario): Promise<Hit> {
  const atMs = await randomTime(scenario);
  const { database } = scenario.lab;
  const pid = await patiently(scenario.lab, 'PostgreSQL runs', () => database.mainProcess());
  await database.signal(pid, 'SIGKILL');
  return hit(`PostgreSQL (process ${pid}) killed after ${atMs} ms`);
}

async function killBackend(scenario: Scenario): Promise<Hit> {
  const atMs = await randomTime(scenario);
  const pids = await poll(scenario.lab, 'PostgreSQL has sessions', async (executor) => {
    const all = await sessionProcesses(executor);
    return all.length === 0 ? undefined : all;
  });
  const pid = scenario.random.pick(pids);
  await scenario.lab.database.signal(pid, 'SIGKILL');
  return hit(`session ${pid} of ${pids.length} killed after ${atMs} ms`);
}

async function restartPostgres(scenario: Scenario): Promise<Hit> {
  const atMs = await randomTime(scenario);
  const { database } = scenario.lab;
  const pid = await patiently(scenario.lab, 'PostgreSQL runs', () => database.mainProcess());
  await database.signal(pid, 'SIGINT');
  return hit(`PostgreSQL (process ${pid}) told to stop after ${atMs} ms`);
}

async function freezeWorker(scenario: Scenario): Promise<Hit | undefined> {
  const { lab, uid, truth, random } = scenario;
  // Early, so that something is left for the one who takes over.
  await sleep(random.between(0, truth.durationMs / 2));
  const holder = await freeze(scenario);
  if (holder === undefined) return undefined;
  const { server, token } = holder;
  const logBefore = (await readFile(server.logFile, 'utf8')).length;
  try {
    await poll(lab, 'another server took over', async (executor) => {
      const now = await shardHolder(executor, uid);
      return (now !== undefined && now.token > token) || (await isEndedScan(lab, uid)) ? true : undefined;
    });
    await sleep(random.between(0, truth.durationMs / 2));
  } finally {
    server.signal('SIGCONT');
  }
  const noticed = await wasRefused(server.logFile, logBefore);
  return hit(
    `${server.place.name} stood still under token ${token}; ${noticed ? 'it was refused' : 'it had nothing to write'}`,
  );
}

/** Stops whoever holds the scan, at an instant at which it holds no locks. */
async function freeze({ lab, uid, random }: Scenario): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < FREEZE_ATTEMPTS; attempt += 1) {
    const holder = await holderOf(lab, uid);
    if (holder === undefined) return undefined;
    holder.server.signal('SIGSTOP');
    await sleep(LOCK_CHECK_MS + POLL_MS);
    const open = await poll(lab, 'PostgreSQL answers', (executor) =>
      idleTransactions(executor, LOCK_CHECK_MS),
    );
    const { now } = await poll(lab, 'PostgreSQL answers', async (executor) => ({
      now: await shardHolder(executor, uid),
    }));
    if (open === 0 && (now === undefined || now.token === holder.token)) return holder;
    holder.server.signal('SIGCONT');
    await sleep(random.between(1, POLL_MS));
  }
  return undefined;
}

async function wasRefused(logFile: string, from: number): Promise<boolean> {
  for (const deadlineMs = performance.now() + THAW_MS; performance.now() < deadlineMs; await sleep(POLL_MS)) {
    if ((await readFile(logFile, 'utf8')).slice(from).includes(LEASE_LOST)) return true;
  }
  return false;
}
