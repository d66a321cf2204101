import type { Executor } from '#store/database/database.js';
import { ANNOTATION_QUESTIONS } from '#store/integrity/annotation-checks.js';
import { CURRENT_QUESTIONS } from '#store/integrity/current-checks.js';
import { DEVICE_QUESTIONS } from '#store/integrity/device-checks.js';
import { HISTORY_QUESTIONS } from '#store/integrity/history-checks.js';
import { LEDGER_QUESTIONS } from '#store/integrity/ledger-checks.js';
import { STATUS_CHECKS } from '#store/integrity/life-checks.js';
import { ORPHANS } from '#store/integrity/orphans.js';
import {
  type IntegrityAnswer,
  type IntegrityQuestion,
  type IntegrityStage,
  queryStage,
} from '#store/integrity/question.js';
import { RAW_QUESTIONS } from '#store/integrity/raw-checks.js';
import { REPLAY_QUESTIONS } from '#store/integrity/replay.js';
import { SCHEMA_QUESTIONS } from '#store/integrity/schema-checks.js';

/** The checks of `scanorama verify`, in the order they are told. */
export const INTEGRITY_QUESTIONS: readonly IntegrityQuestion[] = [
  ...ORPHANS,
  ...LEDGER_QUESTIONS,
  ...RAW_QUESTIONS,
  ...REPLAY_QUESTIONS,
  ...CURRENT_QUESTIONS,
  ...HISTORY_QUESTIONS,
  ...ANNOTATION_QUESTIONS,
  ...STATUS_CHECKS,
  ...DEVICE_QUESTIONS,
  ...SCHEMA_QUESTIONS,
];

/** The same by what they go through, so that each large table is gone through once. */
export const INTEGRITY_STAGES: readonly IntegrityStage[] = [
  ...Map.groupBy(INTEGRITY_QUESTIONS, ({ axis }) => axis),
].map(([axis, questions]) => ({ axis, questions }));

/** Asks one question with the executor at hand, all slices of it. */
export async function runIntegrityCheck(
  executor: Executor,
  question: IntegrityQuestion,
  sliceRows?: number,
): Promise<IntegrityAnswer> {
  const stage = { axis: question.axis, questions: [question] };
  const [answer] = await queryStage(stage, { lend: (read) => read(executor), sliceRows });
  return answer ?? { faults: 0, examples: [] };
}
