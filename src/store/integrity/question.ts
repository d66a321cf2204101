import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database/database.js';
import {
  type Axis,
  type Bound,
  endOfSlice,
  VERIFY_SLICE_ROWS,
  type Within,
  withinSlice,
} from '#store/integrity/slices.js';

/** How many examples of a fault a check names. */
export const FAULT_EXAMPLES = 5;

/** One question to the stored data whose answer must be "none". */
export interface IntegrityQuestion {
  readonly name: string;
  readonly description: string;
  /** What it goes through, slice by slice; null where little is stored and it is asked at once. */
  readonly axis: Axis | null;
  /**
   * Gives one text column `fault`, a row a fault. Only the rows it starts from are kept to the slice; what they are held
   * against is read where it is, at the same instant. Batches are committed whole, so what is true after each of them is
   * true of every slice, whatever is stored between one slice and the next.
   */
  readonly faults: (within: Within) => RawBuilder<unknown>;
  /** What is found may be over after so long, milliseconds: only what is found again then is a fault. */
  readonly passesInMs?: number;
}

export interface IntegrityAnswer {
  readonly faults: number;
  readonly examples: readonly string[];
}

/** Questions along one axis: they share its slices. */
export interface IntegrityStage {
  readonly axis: Axis | null;
  readonly questions: readonly IntegrityQuestion[];
}

/** Lends an executor that shows one instant for as long as `read` takes. */
export type LendTime = <Result>(read: (executor: Executor) => Promise<Result>) => Promise<Result>;

export interface StageRun {
  readonly lend: LendTime;
  readonly sliceRows?: number | undefined;
  /** Told after each slice how many there were. */
  readonly onSlice?: (slices: number) => void;
}

interface SliceAnswers {
  readonly answers: readonly IntegrityAnswer[];
  /** Where the next slice begins; null after the last. */
  readonly upTo: Bound | null;
}

/** Asks the questions of a stage slice by slice, each at an instant of its own; gives their answers in order. */
export async function queryStage(
  stage: IntegrityStage,
  { lend, sliceRows = VERIFY_SLICE_ROWS, onSlice }: StageRun,
): Promise<readonly IntegrityAnswer[]> {
  let answers: readonly IntegrityAnswer[] = stage.questions.map(() => ({ faults: 0, examples: [] }));
  let after: Bound | null = null;
  let slices = 0;
  do {
    const from: Bound | null = after;
    const slice: SliceAnswers = await lend((executor) =>
      querySlice(executor, stage, { after: from, rows: sliceRows }),
    );
    answers = answers.map((answer, index) => added(answer, slice.answers[index]));
    after = slice.upTo;
    slices += 1;
    onSlice?.(slices);
  } while (after !== null);
  return answers;
}

function added(sum: IntegrityAnswer, more: IntegrityAnswer | undefined): IntegrityAnswer {
  return {
    faults: sum.faults + (more?.faults ?? 0),
    examples: [...sum.examples, ...(more?.examples ?? [])].slice(0, FAULT_EXAMPLES),
  };
}

async function querySlice(
  executor: Executor,
  { axis, questions }: IntegrityStage,
  place: { readonly after: Bound | null; readonly rows: number },
): Promise<SliceAnswers> {
  const upTo = axis === null ? null : await endOfSlice(executor, axis, place);
  const within: Within = axis === null ? () => sql`true` : withinSlice(axis, { after: place.after, upTo });
  const answers: IntegrityAnswer[] = [];
  for (const question of questions) answers.push(await probe(executor, question.faults(within)));
  return { answers, upTo };
}

async function probe(executor: Executor, faults: RawBuilder<unknown>): Promise<IntegrityAnswer> {
  const { rows } = await sql<{ faults: number; examples: string[] | null }>`
    WITH fault AS MATERIALIZED (${faults})
    SELECT (SELECT count(*) FROM fault) AS faults,
      ARRAY(SELECT fault.fault FROM fault LIMIT ${FAULT_EXAMPLES}) AS examples`.execute(executor);
  const row = rows[0];
  return { faults: row?.faults ?? 0, examples: row?.examples ?? [] };
}
