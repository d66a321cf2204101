/**
 * P7: resident memory of the complete service without PostgreSQL, while `scanorama serve` in a network namespace scans
 * 16,007,168 (address, port) of a namespace next to it, with SYN at the greatest rate.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Bench, serialized } from '../support/bench.ts';
import { withListener } from '../support/listener.ts';
import { inside, ip, type Pair, withPair } from '../support/namespaces.ts';
import { goalOf, present, type Run, type Work } from '../support/work.ts';
import { thirds, watchMemory } from './memory-watch.ts';
import { ended, runWell, start } from './program.ts';
import { endService, type Service, scanorama, startService, withDataDir } from './service.ts';

const TARGETS = '198.18.64.0/18';
/** 1,024 of the addresses do not respond. */
const UNRESPONSIVE = '198.18.124.0/22';
const ADDRESSES = 16_384;
const PORTS = 977;
const OPEN_PORTS: readonly number[] = [22, 80, 443];
const PROBES = ADDRESSES * PORTS;
const SCAN_LIMIT_MS = 1_200_000;
const VERIFY_LIMIT_MS = 300_000;
/** The first samples are of a service that has only begun: skipped where flatness is judged. */
const START_UP_MS = 5_000;
const MEBIBYTE = 1_048_576;

const reported = z.object({
  status: z.string(),
  started_at: z.string(),
  completed_at: z.string(),
  progress: z.object({ positions: z.number(), completed: z.number() }),
  open_ports: z.number(),
  hosts_up: z.number(),
});

const mebibytes = (bytes: number): number => Math.round((bytes / MEBIBYTE) * 10) / 10;

interface Place {
  readonly pair: Pair;
  readonly service: Service;
  readonly dataDir: string;
  readonly signal: AbortSignal;
}

/** As a user would: the command starts the scan on the server, waits, and prints the result. */
async function scan({ pair, service, dataDir, signal }: Place) {
  const key = (await readFile(join(dataDir, 'administrator.key'), 'utf8')).trim();
  const texts = [
    'scan',
    TARGETS,
    '-p',
    `1-${PORTS}`,
    '--type',
    'syn',
    '--rate',
    'max',
    '--enrich',
    'none',
    '--yes',
    '--json',
  ];
  const output = await runWell(
    inside(pair.near, scanorama(...texts, '--server', service.url, '--api-key', key)),
    { signal, limitMs: SCAN_LIMIT_MS },
  );
  return reported.parse(JSON.parse(output));
}

async function verify({ pair, dataDir, signal }: Place): Promise<string> {
  const texts = scanorama('verify', '--json', '--data-dir', dataDir);
  const { code, isCutOff } = await ended(start(inside(pair.near, texts)), {
    signal,
    limitMs: VERIFY_LIMIT_MS,
  });
  if (isCutOff) return `not done within ${VERIFY_LIMIT_MS / 1_000} s`;
  return code === 0 ? 'clean' : `exit ${code}`;
}

async function measureOnce(place: Place): Promise<Run> {
  const { service } = place;
  const { result, samples } = await watchMemory(service.child.pid ?? 0, () => scan(place));
  const [startedAtMs, completedAtMs] = [Date.parse(result.started_at), Date.parse(result.completed_at)];
  const during = samples.filter(({ atMs }) => atMs >= startedAtMs + START_UP_MS && atMs <= completedAtMs);
  const { first, last } = thirds(during.length > 0 ? during : samples);
  const verified = await verify(place);
  const truth = (ADDRESSES - 1_024) * OPEN_PORTS.length;
  const seconds = (completedAtMs - startedAtMs) / 1_000;
  return {
    value: mebibytes(Math.max(...samples.map(({ bytes }) => bytes))),
    recall: Math.min(result.open_ports, truth) / truth,
    falseFound: Math.max(0, result.open_ports - truth),
    details: {
      idle: mebibytes(samples[0]?.bytes ?? 0),
      firstThird: mebibytes(first),
      lastThird: mebibytes(last),
      processes: Math.max(...samples.map(({ processes }) => processes)),
      samples: samples.length,
      seconds: Math.round(seconds * 10) / 10,
      probesPerSecond: Math.round(result.progress.completed / seconds),
      completed: result.progress.completed,
      hostsUp: result.hosts_up,
      status: result.status,
      verify: verified,
    },
  };
}

/** A new service each time, with a new database. */
async function measureService(pair: Pair, signal: AbortSignal): Promise<Run> {
  return await withDataDir(async (dataDir) => {
    const service = await startService(dataDir, signal, pair.near);
    try {
      return await measureOnce({ pair, service, dataDir, signal });
    } finally {
      await endService(service.child, dataDir);
    }
  });
}

const NAME = 'scanorama serve';
const numbers = (runs: readonly Run[], field: string) =>
  runs.map(({ details }) => Number(details?.[field] ?? Number.NaN));

function workOf(bench: Bench, runs: readonly Run[]): Work {
  const growth = numbers(runs, 'lastThird').map(
    (last, round) => last / (numbers(runs, 'firstThird')[round] ?? Number.NaN),
  );
  const faultless = runs.filter(
    ({ details }) =>
      details?.['status'] === 'completed' && details['verify'] === 'clean' && details['completed'] === PROBES,
  );
  return {
    id: 'P7',
    title: `Memory of the service during a scan of ${PROBES.toLocaleString('en')} probes`,
    unit: 'MiB',
    rounds: bench.rounds,
    runs: { [NAME]: [...runs] },
    goals: present([
      goalOf(
        'peak, MiB (400 MB)',
        runs.map(({ value }) => value),
        { most: 381, always: true },
      ),
      goalOf('last third of the scan / first third', growth, { most: 1.1 }),
      goalOf('share of runs with all probes completed and `verify` clean', [faultless.length / runs.length], {
        least: 1,
      }),
      goalOf('probes completed a second, stored', numbers(runs, 'probesPerSecond')),
    ]),
    how: [
      `\`scanorama serve\` with its embedded database in a network namespace, a new one each run; \`scanorama scan ${TARGETS} -p 1-${PORTS} --type syn --rate max --server …\` beside it. Of the ${ADDRESSES.toLocaleString('en')} addresses ${(ADDRESSES - 1_024).toLocaleString('en')} respond: ports ${OPEN_PORTS.join(', ')} are open, all others closed. 1,024 do not respond, and are probed again.`,
      'Resident memory (VmRSS) of the server and all its descendants except PostgreSQL’s, summed twice a second from before the scan until its result was printed; shared memory counts for each process. The thirds are medians, from 5 s after the start of the scan to its end.',
    ],
    unspecified: [
      'There is no other scanner in this table: it is a size, not a ratio, and “flat” means at most a tenth of growth.',
      'PostgreSQL’s memory, the page cache and the memory of the command that waits for the scan are not included.',
    ],
    absent: {},
  };
}

export async function measureMemory(bench: Bench): Promise<readonly Work[]> {
  const runs = await withPair('mem', TARGETS, async (pair) => {
    ip('-n', pair.far, 'route', 'add', 'blackhole', UNRESPONSIVE, 'table', 'local');
    return await withListener(pair.far, OPEN_PORTS, () =>
      serialized(bench, { [NAME]: () => measureService(pair, bench.signal) }),
    );
  });
  return [workOf(bench, runs[NAME] ?? [])];
}
