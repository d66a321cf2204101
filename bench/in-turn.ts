import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** Fewer than this many rounds are no median worth telling. */
export const MIN_ROUNDS = 5;

/** Measures each in turn, A B A B …, as machines are noisy; milliseconds by name, in order. */
export async function inTurn(
  rounds: number,
  measured: Readonly<Record<string, () => Promise<number>>>,
): Promise<Record<string, number[]>> {
  const tookMs: Record<string, number[]> = Object.fromEntries(
    Object.keys(measured).map((name) => [name, []]),
  );
  for (let round = 0; round < Math.max(MIN_ROUNDS, rounds); round += 1) {
    for (const [name, measure] of Object.entries(measured)) tookMs[name]?.push(Math.round(await measure()));
  }
  return tookMs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Where and with what it was measured. */
export function circumstances() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname });
  const changes = execFileSync('git', ['status', '--porcelain'], { cwd: import.meta.dirname });
  return {
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      load: loadavg().map((value) => Math.round(value * 100) / 100),
    },
    node: process.version,
    commit: commit.toString().trim(),
    isChanged: changes.length > 0,
    measuredAt: new Date().toISOString(),
  };
}
