/** How much of a scan was settled (and committed) at a moment. */
export interface ProgressSample {
  readonly atMs: number;
  readonly completed: number;
}

const WINDOW_MS = 30_000;
const MAX_SAMPLES = 120;
/** Below this there is too little to tell a pace from. */
const SHORTEST_SPAN_MS = 1_500;

/** Keeps what tells the present pace; a scan that fell back was resumed and starts anew. */
export function withSample(
  samples: readonly ProgressSample[],
  sample: ProgressSample,
): readonly ProgressSample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.completed < last.completed) return [sample];
  if (last?.completed === sample.completed) return samples;
  const recent = samples.filter(({ atMs }) => sample.atMs - atMs <= WINDOW_MS);
  return [...recent, sample].slice(-MAX_SAMPLES);
}

interface EstimateInput {
  readonly samples: readonly ProgressSample[];
  readonly positions: number;
  readonly nowMs: number;
}

/** Seconds left at the pace of the samples; undefined while nobody can tell. A stalled scan's estimate grows. */
export function remainingSeconds({ samples, positions, nowMs }: EstimateInput): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const spanMs = nowMs - first.atMs;
  const gained = last.completed - first.completed;
  if (spanMs < SHORTEST_SPAN_MS || gained <= 0) return undefined;
  return ((Math.max(0, positions - last.completed) / gained) * spanMs) / 1_000;
}
