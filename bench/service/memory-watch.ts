import { readdirSync, readFileSync } from 'node:fs';
import { median } from '../support/work.ts';

const SAMPLE_MS = 500;

export interface MemorySample {
  readonly atMs: number;
  /** Resident memory of all processes together; shared memory counts for each. */
  readonly bytes: number;
  readonly processes: number;
}

/** Name, parent and resident bytes of a process; undefined when it has ended. */
function processOf(pid: number) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
    return {
      name: field('Name'),
      parent: Number(field('PPid')),
      bytes: Number(field('VmRSS')) * 1_024,
    };
  } catch {
    return undefined;
  }
}

/** The process and all its descendants, without PostgreSQL. */
function sampleOf(root: number): MemorySample {
  const all = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), processOf(Number(name))] as const),
  );
  const isOurs = (pid: number): boolean => {
    const found = all.get(pid);
    if (found === undefined || found.name === 'postgres') return false;
    return pid === root || (found.parent > 1 && isOurs(found.parent));
  };
  const ours = [...all].filter(([pid]) => isOurs(pid)).map(([, found]) => found?.bytes ?? 0);
  return {
    atMs: Date.now(),
    bytes: ours.reduce((sum, bytes) => sum + bytes, 0),
    processes: ours.length,
  };
}

/** Takes a sample every half second for as long as `use` runs. */
export async function watchMemory<T>(root: number, use: () => Promise<T>) {
  const samples: MemorySample[] = [sampleOf(root)];
  const timer = setInterval(() => samples.push(sampleOf(root)), SAMPLE_MS);
  try {
    return { result: await use(), samples };
  } finally {
    clearInterval(timer);
  }
}

/** Medians of the first and of the last third; the same when nothing grows. */
export function thirds(samples: readonly MemorySample[]): { readonly first: number; readonly last: number } {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const bytes = samples.map((sample) => sample.bytes);
  return { first: median(bytes.slice(0, third)), last: median(bytes.slice(-third)) };
}
