import type { Sink } from '#cli/io.js';
import { counted, grouped } from '#cli/output/text.js';
import { humanDuration } from '#cli/output/time.js';
import type { Scan } from '#contract/scan.js';
import type { Clock } from '#domain/clock.js';

const BAR_CELLS = 24;
/** The rate is that of the last few seconds, so that a change of pace shows soon. */
const RATE_WINDOW_MS = 5_000;
const ERASE_LINE = '\r\u001b[K';

interface Sample {
  readonly atMs: number;
  readonly sent: number;
  readonly settled: number;
}

/** One line on a terminal that follows a scan; silent elsewhere. */
export class ProgressLine {
  readonly #sink: Sink;
  readonly #clock: Clock;
  #samples: Sample[] = [];
  #shown = false;

  constructor(sink: Sink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  async show(scan: Scan): Promise<void> {
    if (!this.#sink.isTerminal) return;
    const sample = { atMs: this.#clock.monotonic(), sent: scan.probes.sent, settled: scan.progress.settled };
    this.#samples = [...this.#samples.filter(({ atMs }) => sample.atMs - atMs <= RATE_WINDOW_MS), sample];
    const line = progressText(scan, paceOf(this.#samples));
    this.#shown = true;
    // A line as wide as the terminal would wrap and could not be taken back.
    await this.#sink.write(`${ERASE_LINE}${line.slice(0, Math.max(0, this.#sink.columns - 1))}`);
  }

  async clear(): Promise<void> {
    if (!this.#shown) return;
    this.#shown = false;
    await this.#sink.write(ERASE_LINE);
  }
}

export interface Pace {
  readonly probesPerSecond: number;
  readonly settledPerSecond: number;
}

/** The pace between the first and the last sample; nothing moves in less than two. */
export function paceOf(samples: readonly Sample[]): Pace {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1_000;
  if (first === undefined || last === undefined || seconds <= 0)
    return { probesPerSecond: 0, settledPerSecond: 0 };
  return {
    probesPerSecond: (last.sent - first.sent) / seconds,
    settledPerSecond: (last.settled - first.settled) / seconds,
  };
}

/** Bar, percent, rate, what was found, and the time left while it can be told. */
export function progressText(scan: Scan, pace: Pace): string {
  const percent = Math.min(100, Math.max(0, scan.progress.percent));
  const filled = Math.floor((percent / 100) * BAR_CELLS);
  const left = scan.progress.positions - scan.progress.settled;
  const eta =
    pace.settledPerSecond > 0 ? humanDuration(Math.ceil(left / pace.settledPerSecond) * 1_000) : '-';
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}]`,
    `${percent.toFixed(1)}%`,
    `${grouped(Math.round(pace.probesPerSecond))} probes/s`,
    counted(scan.hosts_up, 'host'),
    counted(scan.open_ports, 'open port'),
    `ETA ${eta}`,
  ].join('  ');
}
