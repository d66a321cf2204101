/** Measures where the time of a SYN scan with one thread goes, by V8's sampling profiler. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { runWell } from '../service/program.ts';
import { inside, type Pair } from '../support/namespaces.ts';

const SAMPLE_MICROSECONDS = 500;
const LIMIT_MS = 60_000;
/** Files of the program that are named; the others are summed up. */
const NAMED_FILES = 5;

const profile = z.object({
  nodes: z.array(
    z.object({ id: z.number(), callFrame: z.object({ functionName: z.string(), url: z.string() }) }),
  ),
  samples: z.array(z.number()),
  /** Microseconds before each sample. */
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof profile>;

export interface ProfiledRun {
  readonly pair: Pair;
  readonly signal: AbortSignal;
  /** What to run: a script and its arguments. */
  readonly words: readonly string[];
}

/** One sentence: the working time, and its shares. */
export async function profiled(name: string, { pair, signal, words: texts }: ProfiledRun): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'scanorama-profile-'));
  try {
    const flags = [
      '--cpu-prof',
      '--cpu-prof-dir',
      folder,
      '--cpu-prof-interval',
      String(SAMPLE_MICROSECONDS),
    ];
    const command = [process.execPath, ...flags, '--conditions=source', ...texts];
    await runWell(inside(pair.near, command), { signal, limitMs: LIMIT_MS });
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error('there is no profile');
    return `${name}: ${sentenceOf(profile.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))))}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function add(sums: Map<string, number>, key: string, more: number): void {
  sums.set(key, (sums.get(key) ?? 0) + more);
}

function sentenceOf({ nodes, samples, timeDeltas }: Profile): string {
  const self = new Map<number, number>();
  for (const [at, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  const [parts, files] = [new Map<string, number>(), new Map<string, number>()];
  for (const { id, callFrame } of nodes) {
    const spent = self.get(id) ?? 0;
    const part = partOf(callFrame);
    add(parts, part, spent);
    if (part === OWN) add(files, callFrame.url.replace(/^.*\/(src|bench)\//, '$1/'), spent);
  }
  const idle = parts.get(IDLE) ?? 0;
  const total = [...parts.values()].reduce((sum, each) => sum + each, 0) - idle;
  const share = (spent = 0) => `${((100 * spent) / total).toFixed(1)} %`;
  const largest = [...files].toSorted(([, a], [, b]) => b - a).slice(0, NAMED_FILES);
  const named = largest.map(([file, spent]) => `\`${file}\` ${share(spent)}`).join(', ');
  return [
    `${(total / 1e6).toFixed(2)} s at work`,
    `${share(parts.get(CALLS))} in calls of the C library`,
    `${share(parts.get(OWN))} in its own code (${named})`,
    `${share(parts.get(GARBAGE))} in garbage collection`,
    `${share(parts.get(RUNTIME))} in Node.js, mostly starting and loading`,
  ].join('; ');
}

const [CALLS, OWN, GARBAGE, IDLE, RUNTIME] = ['calls', 'own', 'garbage', 'idle', 'runtime'] as const;

function partOf({ url, functionName }: Profile['nodes'][number]['callFrame']): string {
  if (url.endsWith('/src/net/native/libc/libc.ts')) return CALLS;
  if (/\/(src|bench)\//.test(url) && !url.includes('/node_modules/')) return OWN;
  if (functionName === '(garbage collector)') return GARBAGE;
  return functionName === '(idle)' ? IDLE : RUNTIME;
}
