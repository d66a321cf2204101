import { z } from 'zod';

/** Fewer rounds than this are no median worth telling; the document says so where it happened. */
export const MIN_ROUNDS = 5;

/** One run of one contender: a speed, a time or a size, in the unit of the work. */
export const run = z.object({
  value: z.number(),
  /** Of what was there to find, 0 to 1; absent where nothing was to be found. */
  recall: z.number().optional(),
  /** What was reported and is not there. */
  falseFound: z.number().optional(),
  /** Ended by the bench, as it took too long or stood still. */
  isCutOff: z.boolean().optional(),
  details: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
});
export type Run = z.infer<typeof run>;

const goal = z.object({
  name: z.string(),
  /** What it has to reach, as spelled; null where it is told for its own sake. */
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
    /** Of the last minute, five and fifteen, when this work began. */
    load: z.array(z.number()),
  }),
  node: z.string(),
  commit: z.string(),
  /** Files differed from the commit. */
  isChanged: z.boolean(),
  measuredAt: z.string(),
});
export type Circumstances = z.infer<typeof circumstances>;

/** One of the P's: what was run, how it compares, and what the figures do not say. */
export const work = z.object({
  id: z.string(),
  title: z.string(),
  unit: z.string(),
  rounds: z.number(),
  runs: z.record(z.string(), z.array(run)),
  goals: z.array(goal),
  how: z.array(z.string()),
  unspecified: z.array(z.string()),
  /** Sentences of a profile, where one was made. */
  whereTimeGoes: z.array(z.string()).optional(),
  /** Who is not in the table, and why. */
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

/** One over the other within each round: in the next one the machine may be another. */
export function ratios(over: readonly Run[] = [], under: readonly Run[] = []): readonly number[] {
  return over.map(({ value }, round) => value / (under[round]?.value ?? Number.NaN)).filter(Number.isFinite);
}

/** `always`: it is not the median that has to reach it, but the worst. */
export type Reach = ({ readonly least: number } | { readonly most: number }) & { readonly always?: boolean };

/** What a goal came to; undefined where nothing could be measured. */
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
