import { humanDuration, localClock } from '#cli/output/time.js';
import type { Sink } from '#cli/program/io.js';
import { LiveLine } from '#cli/progress/live-line.js';
import type { Scan } from '#contract/scans/scan.js';
import { counted, grouped } from '#domain/text/count-text.js';
import type { Clock } from '#domain/time/clock.js';

const BAR_CELLS = 16;
const GAP = '  ';
/** The field that is omitted first. */
const BAR_RANK = 6;
const NMAP_TEXT = 'nmap works, 32 hosts at once';
/**
 * The rate is measured over the last few seconds, so that a change of pace shows soon. Counts change about once a
 * second and are polled more often: samples without progress would lower the rate and raise the time left in between.
 */
const RATE_WINDOW_MS = 5_000;

/** A shorter span is too short to measure a pace: the first seconds of a scan are not typical. */
const SHORTEST_SPAN_MS = 1_500;

interface Sample {
  readonly atMs: number;
  readonly sent: number;
  readonly completed: number;
}

/** One line that shows the progress of a scan, on a terminal that can erase it. Prints nothing elsewhere. */
export class ProgressLine {
  readonly #line: LiveLine;
  readonly #clock: Clock;
  #samples: Sample[] = [];

  constructor(sink: Sink, clock: Clock) {
    this.#line = new LiveLine(sink);
    this.#clock = clock;
  }

  /** `silentSinceMs`: time of the last response of the server, if that is too long ago. */
  async show(scan: Scan, silentSinceMs: number | null = null): Promise<void> {
    if (!this.#line.isPossible) return;
    const sample = {
      atMs: this.#clock.monotonic(),
      sent: scan.probes.sent,
      completed: scan.progress.completed,
    };
    this.#samples = withProgress(this.#samples, sample);
    const eventAtMs = this.#samples.at(-1)?.atMs ?? sample.atMs;
    const pace = paceOf(sample.atMs - eventAtMs <= RATE_WINDOW_MS ? this.#samples : []);
    await this.#line.show((cells) => progressText(scan, { ...pace, silentSinceMs }, cells));
  }

  clear(): Promise<void> {
    return this.#line.clear();
  }
}

/** Those of the window and the new one, if its counts moved; the newest before it always stays to measure from. */
function withProgress(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last?.sent === sample.sent && last.completed === sample.completed) return [...samples];
  const recent = samples.filter((before) => before === last || sample.atMs - before.atMs <= RATE_WINDOW_MS);
  return [...recent, sample];
}

/** How far something is, 0 to 100, as a drawing. */
export function progressBar(percent: number): string {
  const filled = Math.floor((percent / 100) * BAR_CELLS);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}]`;
}

export interface Pace {
  readonly probesPerSecond: number;
  readonly positionsPerSecond: number;
}

/** How it goes, as far as that is known. */
export interface Course extends Pace {
  readonly silentSinceMs?: number | null;
}

/** The pace between the first and the last sample; nothing moves in less than two, or in too short a time. */
export function paceOf(samples: readonly Sample[]): Pace {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1_000;
  if (first === undefined || last === undefined || seconds * 1_000 < SHORTEST_SPAN_MS)
    return { probesPerSecond: 0, positionsPerSecond: 0 };
  return {
    probesPerSecond: (last.sent - first.sent) / seconds,
    positionsPerSecond: (last.completed - first.completed) / seconds,
  };
}

/** Time left and rate. nmap reports nothing until a group of hosts is complete, and 0 would look like a standstill. */
function courseFields({ engine }: Scan, eta: string, { probesPerSecond, silentSinceMs }: Course) {
  // Without progress, the time left would be a guess and the rate outdated.
  if (silentSinceMs !== undefined && silentSinceMs !== null)
    return [{ rank: 2, text: `no progress since ${localClock(silentSinceMs)}` }];
  if (engine === 'nmap') return [{ rank: 4, text: eta === '-' ? NMAP_TEXT : `ETA ${eta}` }];
  return [
    { rank: 4, text: `ETA ${eta}` },
    { rank: 5, text: `${grouped(Math.round(probesPerSecond))} probes/s` },
  ];
}

/**
 * Bar, percentage, results so far, time left if it is known, and rate. If they do not fit into the cells, entire
 * fields are omitted, the least important ones first.
 */
export function progressText(scan: Scan, pace: Course, cells: number): string {
  const percent = Math.min(100, Math.max(0, scan.progress.percent));
  const left = scan.progress.positions - scan.progress.completed;
  const eta =
    pace.positionsPerSecond > 0 && left > 0
      ? humanDuration(Math.ceil(left / pace.positionsPerSecond) * 1_000)
      : '-';
  const fields = [
    { rank: BAR_RANK, text: progressBar(percent) },
    { rank: 1, text: `${percent.toFixed(1)}%` },
    { rank: 3, text: counted(scan.hosts_up, 'host') },
    // A discovery run probes no ports.
    ...(scan.scan_type === 'discovery' ? [] : [{ rank: 2, text: counted(scan.open_ports, 'open port') }]),
    ...courseFields(scan, eta, pace),
  ];
  for (let most = BAR_RANK; most > 0; most -= 1) {
    const line = fields
      .filter(({ rank }) => rank <= most)
      .map(({ text }) => text)
      .join(GAP);
    if (line.length <= cells) return line;
  }
  return '';
}
