/**
 * The complete fault suite, run by hand:
 *
 *   npm run torture -- [--rounds N] [--seed S] [--round K] [--only KIND[,KIND…]]
 *
 * As root it runs in a mount namespace of its own, where its database lies on a small file system that can be filled.
 * It exits with 3 where a guarantee was violated, and with 1 where a long run reached some kill point too seldom.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Releasers } from '#app/serve/releasers.js';
import { guardTorture } from '#app/torture/torture-guard.js';
import type { RoundResult } from '#torture/run-round.js';
import { type KindTally, runTorture, type TortureReport } from '#torture/run-torture.js';
import { openSuite } from './suite.ts';

const INSIDE = '--in-namespace';
/** Enough for a database and its log, and small enough to be filled at once. */
const DISK_BYTES = 1_536 * 1_048_576;
/** A run of this many rounds has to reach every kill point this often. */
const LONG_RUN_ROUNDS = 150;
const LEAST_HITS = 5;
const KEPT = 'kept';
const PARENT_POLL_MS = 500;
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string' },
    round: { type: 'string' },
    only: { type: 'string' },
    'in-namespace': { type: 'boolean', default: false },
  },
});

/** Runs this file again in a mount namespace; undefined where that is not possible. */
function runInNamespace(): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const probe = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']);
  if (probe.status !== 0) return undefined;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1), INSIDE];
  const ended = spawnSync('unshare', ['--mount', '--propagation', 'private', ...again], { stdio: 'inherit' });
  return ended.status ?? 1;
}

function mountSmallDisk(directory: string): boolean {
  if (!values['in-namespace']) return false;
  const mounted = spawnSync('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${DISK_BYTES},mode=0700`,
    'scanorama-torture',
    directory,
  ]);
  return mounted.status === 0;
}

/** A mounted file system disappears with the namespace, so what is kept of it is copied out. */
async function leave(
  root: string,
  { isSmall, isKept }: { isSmall: boolean; isKept: boolean },
): Promise<void> {
  const lab = join(root, 'lab');
  if (isKept) spawnSync('cp', ['-a', lab, join(root, KEPT)]);
  // Lazily: a process that was just killed may still use it.
  if (isSmall) spawnSync('umount', ['--lazy', lab]);
  await rm(isKept ? lab : root, REMOVAL);
}

function log({ round, kind, point, hit, probedAgain, listeners, durationMs }: RoundResult): void {
  const struck = hit?.detail ?? `the scan was over before "${point}"`;
  console.log(
    `${String(round).padStart(4)}  ${kind.padEnd(11)} ${struck}; probed again ${probedAgain} of ${listeners} (${(durationMs / 1_000).toFixed(1)} s)`,
  );
}

function closingTable(report: TortureReport): string {
  const rows = report.tallies.map((tally) =>
    [
      tally.kind.padEnd(12),
      tally.point.padEnd(24),
      String(tally.rounds).padStart(6),
      String(tally.hits).padStart(6),
      `${tally.probedAgain} of ${tally.listeners}`.padStart(16),
    ].join(' '),
  );
  const head = ['fault'.padEnd(12), 'point'.padEnd(24), 'rounds', '  hits', '    probed again'].join(' ');
  return [head, ...rows].join('\n');
}

/** Kill points, over all fault kinds that use them, and how often each was reached. */
function pointsOf(tallies: readonly KindTally[]): ReadonlyMap<string, number> {
  const hits = new Map<string, number>();
  for (const { kind, point, hits: count } of tallies)
    if (kind.endsWith('-at')) hits.set(point, (hits.get(point) ?? 0) + count);
  return hits;
}

/** The first signal requests an orderly end; the second one exits at once, and the guard cleans up. */
function interrupted(abort: AbortController): () => void {
  return () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
}

/** The parent that started this process in its namespace may be killed, which is noticed only here. */
function abortWithParent(abort: AbortController): void {
  const parent = process.ppid;
  const poll = setInterval(() => process.ppid !== parent && abort.abort(), PARENT_POLL_MS);
  poll.unref();
}

async function main(): Promise<number> {
  const releasers = new Releasers();
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted(abort));
  if (values['in-namespace']) abortWithParent(abort);
  const root = await mkdtemp(join(tmpdir(), 'scanorama-torture-'));
  const directory = join(root, 'lab');
  await mkdir(directory, { mode: 0o700 });
  const isSmall = mountSmallDisk(directory);
  let isKept = false;
  releasers.add(() => leave(root, { isSmall, isKept }));
  guardTorture(root, releasers);
  if (!isSmall) console.warn('SKIPPED: full disks, which want root and `unshare --mount`');
  const seed = Number(values.seed ?? Math.floor(Math.random() * 4_294_967_295));
  console.log(`seed ${seed}, in ${directory}`);
  try {
    const suite = await openSuite({ directory, isSmall, signal: abort.signal }, releasers);
    const only = values.only?.split(',');
    const kinds = suite.kinds.filter(({ name }) => only?.includes(name) ?? true);
    const report = await runTorture(suite.lab, kinds, {
      seed,
      rounds: Number(values.rounds),
      round: values.round === undefined ? undefined : Number(values.round),
      onRound: log,
      onUnheld: ({ round, kind, reason }) =>
        console.log(`${String(round).padStart(4)}  ${kind.padEnd(11)} could not be held: ${reason}`),
    });
    isKept = report.broken !== undefined;
    return conclude(report, join(root, KEPT));
  } finally {
    await releasers.release();
  }
}

function conclude(report: TortureReport, directory: string): number {
  const { seed, rounds, hits, listeners, batches, durationMs, broken } = report;
  console.log(`\n${closingTable(report)}\n`);
  const points = pointsOf(report.tallies);
  for (const [point, count] of points) console.log(`${point.padEnd(24)} ${count} hits`);
  console.log(
    `\n${rounds} rounds, ${hits} hits, ${listeners} open ports, ${batches} batches, ${(durationMs / 1_000).toFixed(0)} s, seed ${seed}`,
  );
  if (broken !== undefined) {
    const only = values.only === undefined ? '' : ` --only ${values.only}`;
    console.log(
      [
        `BROKEN in round ${broken.round} (${broken.kind}, ${broken.point}: ${broken.detail})`,
        ...broken.faults.map((fault) => `  ${fault}`),
        `kept in ${directory}`,
        `again: npm run torture -- --seed ${seed} --round ${broken.round}${only}`,
      ].join('\n'),
    );
    return 3;
  }
  if (rounds < Number(values.rounds) && values.round === undefined) {
    console.log('interrupted; nothing lost, nothing twice until then');
    return 130;
  }
  const seldom = [...points].filter(([, count]) => count < LEAST_HITS);
  if (rounds >= LONG_RUN_ROUNDS && seldom.length > 0) {
    console.log(`met fewer than ${LEAST_HITS} times: ${seldom.map(([point]) => point).join(', ')}`);
    return 1;
  }
  console.log('nothing lost, nothing twice');
  return 0;
}

const inside = values['in-namespace'] ? undefined : runInNamespace();
process.exit(inside ?? (await main()));
