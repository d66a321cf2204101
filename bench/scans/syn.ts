/**
 * P1 and P2: a SYN scan of 254 addresses × 4,000 ports over a veth pair, 762 of them open, by this program, by a
 * loop that does nothing but send and receive the same packets, by masscan and by nmap, alternately.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Bench, serialized } from '../support/bench.ts';
import { withListener } from '../support/listener.ts';
import { type Pair, withPair } from '../support/namespaces.ts';
import { watchPackets } from '../support/packet-watch.ts';
import { type Goal, goalOf, median, present, type Run, ratios, type Work } from '../support/work.ts';
import { HOSTS, OPEN_PORTS, PORTS, partResult } from './syn-part.ts';
import { profiled } from './syn-profile.ts';

const PROBES = HOSTS * PORTS;
const TRUTH = HOSTS * OPEN_PORTS.length;
const TARGETS = '198.18.1.0/24';
const PART = join(import.meta.dirname, 'syn-part.ts');
const THREADS = Math.min(2, availableParallelism());
const MASSCAN_RATES: readonly number[] = [150_000, 200_000, 300_000];

interface Found {
  readonly found: number;
  readonly falseFound: number;
  /** Of the processors, where reported. */
  readonly processorMs?: number;
}

type Contenders = Readonly<Record<string, () => Promise<Run>>>;

/** Reads the file of results once and removes it; `openOf` returns the open `address/port` of a line. */
function foundIn(file: string, openOf: (line: string) => readonly string[]): () => Found {
  return () => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    rmSync(file, { force: true });
    const distinct = [...new Set(text.split('\n').flatMap(openOf))];
    const right = distinct.filter((pair) => OPEN_PORTS.includes(Number(pair.split('/')[1])));
    return { found: right.length, falseFound: distinct.length - right.length };
  };
}

function foundByPart(output: string): Found {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no result:\n${output}`);
  const { open, falseOpen, processorMs } = partResult.parse(JSON.parse(line));
  return { found: open, falseFound: falseOpen, processorMs };
}

interface Place {
  readonly bench: Bench;
  readonly pair: Pair;
  /** The processor time of a process at the far end. */
  readonly farPid: number;
  /** The directory for results. */
  readonly folder: string;
}

function contender(
  { bench, pair, farPid }: Place,
  texts: readonly string[],
  foundOf: (output: string) => Found,
): () => Promise<Run> {
  return async () => {
    const watched = await watchPackets(pair, farPid, texts, bench.signal);
    const { packets, seconds, isCutOff } = watched;
    const { found, falseFound, processorMs } = foundOf(watched.output);
    return {
      value: Math.round(Math.min(packets, PROBES) / seconds),
      recall: found / TRUTH,
      falseFound,
      isCutOff,
      details: {
        packets,
        seconds: Math.round(seconds * 1_000) / 1_000,
        ...(processorMs === undefined ? {} : { processorMs }),
      },
    };
  };
}

function ownContenders(place: Place): Contenders {
  const own = (name: string, threads: number) =>
    contender(place, [process.execPath, '--conditions=source', PART, name, String(threads)], foundByPart);
  return {
    'this program': own('ours', THREADS),
    'bare loop': own('bare', THREADS),
    ...(THREADS > 1
      ? { 'this program, one thread': own('ours', 1), 'bare loop, one thread': own('bare', 1) }
      : {}),
  };
}

/** `open tcp 80 198.18.1.7 1700000000` */
function openOfMasscan(line: string): readonly string[] {
  const [, port, address] = /^open tcp (\d+) (\S+)/.exec(line) ?? [];
  return port === undefined ? [] : [`${address}/${port}`];
}

/** `Host: 198.18.1.7 () Ports: 22/open/tcp//ssh///, 80/open/tcp//http///` */
function openOfNmap(line: string): readonly string[] {
  const address = /^Host: (\S+)/.exec(line)?.[1];
  return [...line.matchAll(/(\d+)\/open\/tcp/g)].map(([, port]) => `${address}/${port}`);
}

function otherContenders(place: Place): Contenders {
  const { pair, folder } = place;
  const list = join(folder, 'masscan.txt');
  const grepable = join(folder, 'nmap.txt');
  const range = `198.18.1.1-198.18.1.${HOSTS}`;
  const masscan = (rate: number) => {
    const texts = ['masscan', range, `-p1-${PORTS}`, '--rate', String(rate), '--wait', '0', '-oL', list];
    texts.push('--adapter', pair.nearLink, '--adapter-ip', '198.18.0.1', '--router-mac', pair.farHardware);
    return contender(place, texts, foundIn(list, openOfMasscan));
  };
  const nmap = ['nmap', '-sS', '-T5', '--min-rate', '200000', '-n', '-Pn', '-p', `1-${PORTS}`];
  nmap.push('-oG', grepable, '--open', `198.18.1.1-${HOSTS}`);
  return {
    ...Object.fromEntries(MASSCAN_RATES.map((rate) => [`masscan ${rate}`, masscan(rate)])),
    nmap: contender(place, nmap, foundIn(grepable, openOfNmap)),
  };
}

const processorMsOf = (run: Run | undefined) => Number(run?.details?.['processorMs'] ?? Number.NaN);

/** Processor time in each round, the bare loop's over ours: 1 is equal. */
function timeShares(ours: readonly Run[] = [], bare: readonly Run[] = []): readonly number[] {
  return ours.map((run, round) => processorMsOf(bare[round]) / processorMsOf(run)).filter(Number.isFinite);
}

interface Measured {
  readonly runs: Readonly<Record<string, Run[]>>;
  readonly whereTimeGoes: readonly string[];
}

async function profiles({ bench: { signal }, pair }: Place): Promise<readonly string[]> {
  const one = (name: string, texts: readonly string[]) => profiled(name, { pair, signal, words: texts });
  return [
    await one('this program, one thread', [PART, 'ours', '1']),
    await one('bare loop, one thread', [PART, 'bare', '1']),
  ];
}

async function measure(bench: Bench, contenders: (place: Place) => Contenders): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'scanorama-bench-'));
  try {
    return await withPair('syn', TARGETS, (pair) =>
      withListener(pair.far, OPEN_PORTS, (farPid) => measureAt({ bench, pair, farPid, folder }, contenders)),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureAt(place: Place, contenders: (place: Place) => Contenders): Promise<Measured> {
  const runs = await serialized(place.bench, contenders(place));
  return { runs, whereTimeGoes: await profiles(place) };
}

const only = (runs: Readonly<Record<string, Run[]>>, wanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(runs).filter(([name]) => wanted(name)));

const HOW = [
  `${HOSTS} addresses × ${PORTS.toLocaleString('en')} ports = ${PROBES.toLocaleString('en')} probes across a veth pair between two network namespaces; ports ${OPEN_PORTS.join(', ')} of every address are open (${TRUTH}), all others respond with a reset.`,
  'Probes a second: distinct probes over the time from the first to the last packet at the target’s end of the pair, whose counter is read every 10 ms.',
];
const NOT_A_NETWORK =
  'A veth pair has no loss, no delay and no limit but the processors, which scanner, kernel and target share. On a real network the path decides.';

function speedWork(bench: Bench, runs: Readonly<Record<string, Run[]>>): Work {
  const ours = runs['this program'];
  const masscans = Object.keys(runs).filter((name) => name.startsWith('masscan'));
  const speedOf = (name: string) => median((runs[name] ?? []).map(({ value }) => value));
  const cutOffs = (name: string) => (runs[name] ?? []).filter(({ isCutOff }) => isCutOff === true).length;
  // A rate at which it stalls does not count.
  const best = masscans.toSorted((a, b) => cutOffs(a) - cutOffs(b) || speedOf(b) - speedOf(a))[0] ?? '';
  return {
    id: 'P1',
    title: 'SYN scan against masscan and nmap',
    unit: 'probes/s',
    rounds: bench.rounds,
    runs: only(runs, (name) => name === 'this program' || name === 'nmap' || masscans.includes(name)),
    goals: present<Goal>([
      goalOf(`this program / ${best} (its best rate)`, ratios(ours, runs[best]), { least: 2 }),
      goalOf('this program / nmap', ratios(ours, runs['nmap']), { least: 5 }),
      goalOf(
        'recall of this program',
        (ours ?? []).map(({ recall }) => recall ?? 0),
        { least: 1, always: true },
      ),
      goalOf(
        'false open of this program',
        (ours ?? []).map(({ falseFound }) => falseFound ?? 0),
        { most: 0, always: true },
      ),
    ]),
    how: [
      ...HOW,
      `masscan with \`--wait 0\` at ${MASSCAN_RATES.join(', ')} packets a second. The fastest of the rates at which it stalled least often counts, whatever it missed. nmap with \`-sS -T5 --min-rate 200000 -n -Pn\`. A run in which no packet moves for 8 s is cut off.`,
    ],
    unspecified: [
      NOT_A_NETWORK,
      'The engine alone: nothing is stored. masscan does not repeat probes without a response.',
    ],
    absent: {
      naabu: 'its SYN scan was not tried',
      RustScan: 'it has no SYN scan',
    },
  };
}

function limitWork(bench: Bench, { runs, whereTimeGoes }: Measured): Work {
  const pairs = [
    ['this program', 'bare loop'],
    ['this program, one thread', 'bare loop, one thread'],
  ] as const;
  return {
    id: 'P2',
    title: 'SYN scan against a bare loop that sends and receives the same packets',
    unit: 'probes/s',
    rounds: bench.rounds,
    runs: only(runs, (name) => pairs.some((names) => names.some((each) => each === name))),
    goals: present<Goal>(
      pairs.flatMap(([ours, bare], index) => [
        goalOf(`${ours} / ${bare}`, ratios(runs[ours], runs[bare]), index === 0 ? { least: 0.9 } : undefined),
        goalOf(
          `processor time of the bare loop / of this program${index === 0 ? '' : ', one thread'}`,
          timeShares(runs[ours], runs[bare]),
        ),
      ]),
    ),
    how: [
      ...HOW,
      `The bare loop builds the same frames and makes the same calls in the same batches, and counts the responses, without gate, pace, cookie or state of the probes. Both with ${THREADS} threads, and with one.`,
    ],
    unspecified: [
      NOT_A_NETWORK,
      'The bare loop is the limit of this way of sending (`sendmmsg` and `recvmmsg` on an AF_PACKET socket), not of the machine.',
    ],
    whereTimeGoes: [
      ...whereTimeGoes,
      "Nearly all of it is the kernel, which delivers a packet to the target and the response back within the call that sends it. The program's own part is to send, verify, time and complete each probe.",
    ],
    absent: {},
  };
}

export async function measureSyn(bench: Bench): Promise<readonly Work[]> {
  const measured = await measure(bench, (place) => ({ ...ownContenders(place), ...otherContenders(place) }));
  return [speedWork(bench, measured.runs), limitWork(bench, measured)];
}

/** Without the others, which take the most time. */
export async function measureLimit(bench: Bench): Promise<readonly Work[]> {
  return [limitWork(bench, await measure(bench, ownContenders))];
}
