import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Circumstances, Run, Work } from './work.ts';

/** Options of every part. */
export interface Bench {
  readonly rounds: number;
  /** The number of existing rows where rows are appended; undefined for as many as the goal names. */
  readonly rows: number | undefined;
  /** Ends what runs; each part then removes what it created. */
  readonly signal: AbortSignal;
  /** Scanners that were built for this run: program by name. */
  readonly peers: Readonly<Record<string, string>>;
  /** Those that were not: reason by name. */
  readonly absent: Readonly<Record<string, string>>;
  print(line: string): void;
}

export type Part = (bench: Bench) => Promise<readonly Work[]>;

/** Runs each contender alternately, A B A B …, as machines are noisy. */
export async function serialized(
  bench: Bench,
  contenders: Readonly<Record<string, () => Promise<Run>>>,
): Promise<Record<string, Run[]>> {
  const runs: Record<string, Run[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const [name, measure] of Object.entries(contenders)) {
      bench.signal.throwIfAborted();
      const run = await measure();
      runs[name]?.push(run);
      bench.print(`  ${round}/${bench.rounds} ${name}: ${reported(run)}`);
    }
  }
  return runs;
}

function reported({ value, recall, falseFound, isCutOff }: Run): string {
  const parts = [String(Math.round(value))];
  if (recall !== undefined) parts.push(`recall ${(recall * 100).toFixed(1)} %`);
  if (falseFound !== undefined && falseFound > 0) parts.push(`${falseFound} false`);
  if (isCutOff === true) parts.push('cut off');
  return parts.join(', ');
}

function git(...texts: readonly string[]): string {
  return execFileSync('git', texts, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}

/** Where and with what it is measured; files that the bench itself writes do not count as changes. */
export function circumstances(): Circumstances {
  return {
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      load: loadavg().map((value) => Math.round(value * 100) / 100),
    },
    node: process.version,
    commit: git('rev-parse', '--short', 'HEAD'),
    isChanged:
      git('status', '--porcelain', '--', ':/', ':!/bench/results', ':!/docs/benchmarks.md').length > 0,
    measuredAt: new Date().toISOString(),
  };
}
