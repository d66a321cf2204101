import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ended, start } from '../service/program.ts';
import { inside, type Pair } from './namespaces.ts';

const SAMPLE_MS = 10;
const STABILIZE_MS = 300;
/** Runs are stopped when no packet arrives any more: masscan stalls above the rate that the pair can carry. */
const LIMIT_MS = 120_000;
const STALL_MS = 8_000;
/** Address resolution is not the scan yet. */
const PRELUDE_PACKETS = 16;

export interface Watched {
  readonly seconds: number;
  readonly packets: number;
  readonly isCutOff: boolean;
  readonly output: string;
  readonly errors: string;
}

/** Packets that reached the targets' end of the pair, as a process there sees it. */
function received(pid: number, link: string): number {
  const line = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${link}:`));
  return Number(line?.trim().split(/\s+/)[2] ?? 0);
}

/** Runs one scanner at the near end; its time is measured from the first to the last packet at the far end. */
export async function watchPackets(
  pair: Pair,
  farPid: number,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Watched> {
  await sleep(STABILIZE_MS);
  const before = received(farPid, pair.farLink);
  let [last, firstMs, lastMs, isStalled] = [before, 0, 0, false];
  const child = start(inside(pair.near, texts));
  const poll = () => {
    const now = received(farPid, pair.farLink);
    if (now === last && firstMs > 0 && performance.now() - lastMs > STALL_MS) {
      isStalled = true;
      child.kill('SIGKILL');
    }
    if (now === last) return;
    last = now;
    lastMs = performance.now();
    if (firstMs === 0 && now - before > PRELUDE_PACKETS) firstMs = lastMs - SAMPLE_MS;
  };
  const timer = setInterval(poll, SAMPLE_MS);
  try {
    const { output, errors, isCutOff } = await ended(child, { signal, limitMs: LIMIT_MS });
    await sleep(2 * SAMPLE_MS);
    const seconds = (lastMs - firstMs) / 1_000;
    return { seconds, packets: last - before, isCutOff: isCutOff || isStalled, output, errors };
  } finally {
    clearInterval(timer);
  }
}
