import { z } from 'zod';

/** Fewer rounds than this give no meaningful median; the document marks such results. */
export const MIN_ROUNDS = 5;

/** One run of one contender: a speed, a time or a size, in the unit of the work. */
export const run = z.object({
  value: z.number(),
  /** Share of what was there to find, 0 to 1; omitted where there was nothing to find. */
  recall: z.number().optional(),
  /** False positives. */
  falseFound: z.number().optional(),
  /** Stopped by the bench, as it took too long or hung. */
  isCutOff: z.boolean().optional(),
  details: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
});
export type Run = z.infer<typeof run>;

const goal = z.object({
  name: z.string(),
  /** Its goal, as written in the document; null where it is reported without one. */
  reach: z.string().nullable(),
  median: z.number(),
  lowest: z.number(),
  highest: z.number(),
  isReached: z.boolean().nullable(),
});
export type Goal = z.infer<typeof goal>;

const circumstances = z.object({
  machine: z.object({
    processor: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    /** Load averages of one, five and fifteen minutes, when this work began. */
    load: z.array(z.number()),
  }),
  node: z.string(),
  commit: z.string(),
  /** Whether files differed from the commit. */
  isChanged: z.boolean(),
  measuredAt: z.string(),
});
export type Circumstances = z.infer<typeof circumstances>;

/** One of the P's: what was run, how it compares, and what the figures do not show. */
export const work = z.object({
  id: z.string(),
  title: z.string(),
  unit: z.string(),
  rounds: z.number(),
  runs: z.record(z.string(), z.array(run)),
  goals: z.array(goal),
  how: z.array(z.string()),
  unspecified: z.array(z.string()),
  /** Sentences of a profile, if there is one. */
  whereTimeGoes: z.array(z.string()).optional(),
  /** Missing scanners, and why. */
  absent: z.record(z.string(), z.string()),
});
export type Work = z.infer<typeof work>;

export const measuredWork = work.extend({ circumstances });
export type MeasuredWork = z.infer<typeof measuredWork>;

export const results = z.object({ notes: z.array(z.string()), works: z.record(z.string(), measuredWork) });
export type Results = z.infer<typeof results>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Ratios within each round: between rounds the machine may differ. */
export function ratios(over: readonly Run[] = [], under: readonly Run[] = []): readonly number[] {
  return over.map(({ value }, round) => value / (under[round]?.value ?? Number.NaN)).filter(Number.isFinite);
}

/** `always`: not the median has to reach it, but the worst round. */
export type Reach = ({ readonly least: number } | { readonly most: number }) & { readonly always?: boolean };

/** The result of a goal; undefined where nothing could be measured. */
export function goalOf(name: string, values: readonly number[], reach?: Reach): Goal | undefined {
  if (values.length === 0) return undefined;
  const middle = median(values);
  const reported = { name, median: middle, lowest: Math.min(...values), highest: Math.max(...values) };
  if (reach === undefined) return { ...reported, reach: null, isReached: null };
  const when = reach.always === true ? ', each run' : '';
  if ('least' in reach) {
    const judged = reach.always === true ? reported.lowest : middle;
    return { ...reported, reach: `≥ ${reach.least}${when}`, isReached: judged >= reach.least };
  }
  const judged = reach.always === true ? reported.highest : middle;
  return { ...reported, reach: `≤ ${reach.most}${when}`, isReached: judged <= reach.most };
}

export const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);
