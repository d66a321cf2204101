/**
 * P1 and P2: a SYN scan of 254 addresses × 4,000 ports over a veth pair, 762 of them open, by this program, by a
 * loop that does nothing but send and receive the same packets, by masscan and by nmap, in turn.
 *
 *   node --conditions=source bench/syn.ts [--rounds 5] [--rates 150000,200000] [--threads 2] [--without nmap,masscan]
 *
 * As root, with iproute2, masscan and nmap. Makes two network namespaces and removes them. Prints JSON.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { circumstances, MIN_ROUNDS, median } from './in-turn.ts';
import { HOSTS, OPEN_PORTS, type PartResult, PORTS } from './syn-part.ts';

const PROBES = HOSTS * PORTS;
const TRUTH = HOSTS * OPEN_PORTS.length;
const SAMPLE_MS = 10;
const SETTLE_MS = 300;
/** Runs are cut off, also when no packet moves any more: masscan stalls above the rate that the pair bears. */
const LIMIT_MS = 90_000;
const STALL_MS = 8_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    rates: { type: 'string', default: '150000,200000,300000' },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    without: { type: 'string', default: '' },
  },
});
const threads = Number(values.threads);
const rates = values.rates.split(',').map(Number);
const without = new Set(values.without.split(','));

const here = `synbench-${process.pid}-a`;
const there = `synbench-${process.pid}-b`;
const near = `sb${process.pid}a`;
const far = `sb${process.pid}b`;
const folder = mkdtempSync(join(tmpdir(), 'scanorama-bench-'));
const PART = join(import.meta.dirname, 'syn-part.ts');

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}

function build(): void {
  ip('netns', 'add', here);
  ip('netns', 'add', there);
  ip('link', 'add', near, 'netns', here, 'type', 'veth', 'peer', 'name', far, 'netns', there);
  ip('-n', here, 'addr', 'add', '198.18.0.1/24', 'dev', near);
  ip('-n', there, 'addr', 'add', '198.18.0.2/24', 'dev', far);
  for (const [name, link] of [
    [here, near],
    [there, far],
  ] as const) {
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', link, 'up');
  }
  // As the kernel would know it after any other traffic, so that every scanner begins alike.
  ip(
    '-n',
    here,
    'neigh',
    'replace',
    '198.18.0.2',
    'lladdr',
    routerAddress(),
    'dev',
    near,
    'nud',
    'permanent',
  );
  ip('-n', here, 'route', 'add', '198.18.1.0/24', 'via', '198.18.0.2');
  ip('-n', there, 'route', 'add', 'local', '198.18.1.0/24', 'dev', 'lo');
  ip('netns', 'exec', there, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0');
}

function remove(): void {
  for (const name of [here, there]) {
    try {
      ip('netns', 'del', name);
    } catch {
      // It was not made.
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

function routerAddress(): string {
  return /ether ([\da-f:]+)/.exec(ip('-n', there, 'link', 'show', far))?.[1] ?? '';
}

function start(namespace: string, words: readonly string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', namespace, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function listen(): Promise<ChildProcess> {
  const code = `const { createServer } = require('node:net');
    let left = ${OPEN_PORTS.length};
    for (const port of ${JSON.stringify(OPEN_PORTS)})
      createServer((socket) => socket.destroy()).listen({ port, backlog: 4096 }, () => --left || console.log('ready'));`;
  const child = start(there, [process.execPath, '-e', code]);
  if (child.stdout === null) throw new Error('no output');
  await once(child.stdout, 'data');
  return child;
}

/** Packets that reached the target's end of the pair, as a process there sees it. */
function received(pid: number): number {
  const line = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${far}:`));
  return Number(line?.trim().split(/\s+/)[2] ?? 0);
}

interface Found {
  readonly found: number;
  /** Time of the processors that it took, where it says so. */
  readonly processorMs?: number;
  readonly slowedDown?: readonly string[];
}

interface Run extends Found {
  readonly seconds: number;
  readonly packets: number;
  readonly probesPerSecond: number;
  readonly isCutOff: boolean;
}

/** Runs one scanner; its time is that from the first to the last packet. */
async function measure(
  pid: number,
  words: readonly string[],
  foundOf: (output: string) => Found,
): Promise<Run> {
  await sleep(SETTLE_MS);
  const before = received(pid);
  const child = start(here, words);
  let output = '';
  let isCutOff = false;
  let firstMs = 0;
  let lastMs = 0;
  let last = before;
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  child.stderr?.on('data', (chunk) => (output += String(chunk)));
  const timer = setInterval(() => {
    const now = received(pid);
    if (now === last && firstMs > 0 && performance.now() - lastMs > STALL_MS) {
      isCutOff = true;
      child.kill('SIGKILL');
    }
    if (now === last) return;
    last = now;
    lastMs = performance.now();
    // What finds the neighbour is not the scan yet.
    if (firstMs === 0 && now - before > 16) firstMs = lastMs - SAMPLE_MS;
  }, SAMPLE_MS);
  const limit = setTimeout(() => {
    isCutOff = true;
    child.kill('SIGKILL');
  }, LIMIT_MS);
  await once(child, 'close');
  clearTimeout(limit);
  await sleep(2 * SAMPLE_MS);
  clearInterval(timer);
  const packets = last - before;
  const seconds = (lastMs - firstMs) / 1_000;
  const probesPerSecond = Math.round(Math.min(packets, PROBES) / seconds);
  return { seconds, packets, probesPerSecond, ...foundOf(output), isCutOff };
}

const targets = `198.18.1.1-198.18.1.${HOSTS}`;

function partOf(name: string, count: number): readonly string[] {
  return [process.execPath, '--conditions=source', PART, name, String(count)];
}

function foundByPart(output: string): Found {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no result:\n${output}`);
  const result: PartResult = JSON.parse(line);
  if (result.falseOpen > 0) throw new Error(`${result.falseOpen} false open ports`);
  const { open, processorMs, slowedDown } = result;
  return { found: open, processorMs, slowedDown };
}

function countIn(file: string, pattern: RegExp): () => Found {
  return () => ({ found: readFileSync(file, 'utf8').match(pattern)?.length ?? 0 });
}

function scanners(): Readonly<Record<string, () => Promise<Run>>> {
  const list = join(folder, 'masscan.txt');
  const grepable = join(folder, 'nmap.txt');
  const pid = listener?.pid ?? 0;
  const all: Record<string, () => Promise<Run>> = {
    ours: () => measure(pid, partOf('ours', threads), foundByPart),
    bare: () => measure(pid, partOf('bare', threads), foundByPart),
  };
  if (threads > 1) {
    all['ours, one thread'] = () => measure(pid, partOf('ours', 1), foundByPart);
    all['bare, one thread'] = () => measure(pid, partOf('bare', 1), foundByPart);
  }
  if (!without.has('masscan')) {
    for (const rate of rates) {
      const words = ['masscan', targets, `-p1-${PORTS}`, '--rate', String(rate), '--wait', '0', '-oL', list];
      words.push('--adapter', near, '--adapter-ip', '198.18.0.1', '--router-mac', routerAddress());
      all[`masscan ${rate}`] = () => measure(pid, words, countIn(list, /^open /gm));
    }
  }
  if (!without.has('nmap')) {
    const words = ['nmap', '-sS', '-T5', '--min-rate', '200000', '-n', '-Pn', '-p', `1-${PORTS}`];
    words.push('-oG', grepable, '--open', `198.18.1.1-${HOSTS}`);
    all['nmap'] = () => measure(pid, words, countIn(grepable, /\d+\/open\/tcp/g));
  }
  return all;
}

function summary(runs: readonly Run[]) {
  const speeds = runs.map(({ probesPerSecond }) => probesPerSecond);
  return {
    probesPerSecond: median(speeds),
    lowest: Math.min(...speeds),
    highest: Math.max(...speeds),
    recall: runs.map(({ found }) => found / TRUTH),
    cutOff: runs.filter(({ isCutOff }) => isCutOff).length,
    runs,
  };
}

/** Medians of the ratios within a round, as the machine may be another in the next. */
function ratio(results: Readonly<Record<string, readonly Run[]>>, a: string, b: string): number {
  const [over = [], under = []] = [results[a], results[b]];
  return median(
    over.map((run, round) => run.probesPerSecond / (under[round]?.probesPerSecond ?? Number.NaN)),
  );
}

/** The processor time of `b` over that of `a`: 1 is as little as `b`, less than 1 is more. */
function timeRatio(results: Readonly<Record<string, readonly Run[]>>, a: string, b: string): number {
  const msOf = (name: string) =>
    median((results[name] ?? []).map(({ processorMs }) => processorMs ?? Number.NaN));
  return msOf(b) / msOf(a);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    listener?.kill();
    remove();
    process.exit(1);
  });
}

let listener: ChildProcess | undefined;
try {
  build();
  listener = await listen();
  const all = scanners();
  const results: Record<string, Run[]> = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < Math.max(MIN_ROUNDS, Number(values.rounds)); round += 1) {
    for (const [name, run] of Object.entries(all)) {
      const result = await run();
      results[name]?.push(result);
      console.error(
        `${round + 1} ${name}: ${result.probesPerSecond}/s, ${result.seconds.toFixed(2)} s, ${result.found} of ${TRUTH}${result.isCutOff ? ', cut off' : ''}${(result.slowedDown ?? []).map((what) => `\n    ${what}`).join('')}`,
      );
    }
  }
  const summaries = Object.fromEntries(Object.entries(results).map(([name, runs]) => [name, summary(runs)]));
  const masscan = Object.keys(results).filter((name) => name.startsWith('masscan'));
  const best = masscan.toSorted(
    (a, b) => (summaries[b]?.probesPerSecond ?? 0) - (summaries[a]?.probesPerSecond ?? 0),
  )[0];
  const ratios = {
    ...(best === undefined ? {} : { [`P1: ours / ${best}`]: ratio(results, 'ours', best) }),
    ...('nmap' in results ? { 'P1: ours / nmap': ratio(results, 'ours', 'nmap') } : {}),
    'P2: ours / bare': ratio(results, 'ours', 'bare'),
    'P2 by processor time': timeRatio(results, 'ours', 'bare'),
    ...(threads > 1
      ? {
          'P2, one thread': ratio(results, 'ours, one thread', 'bare, one thread'),
          'P2, one thread, by processor time': timeRatio(results, 'ours, one thread', 'bare, one thread'),
        }
      : {}),
  };
  const setup = { probes: PROBES, open: TRUTH, threads };
  console.log(JSON.stringify({ ...circumstances(), setup, ratios, summaries }, undefined, 2));
} finally {
  if (listener !== undefined) {
    const ended = once(listener, 'exit');
    listener.kill();
    await ended;
  }
  remove();
}
