import { expect } from 'vitest';
import type { Executor } from '#store/database/database.js';
import { INTEGRITY_QUESTIONS, runIntegrityCheck } from '#store/integrity/verify.js';

/** Fails with the check of `verify` that finds a problem. */
export async function expectComplete(executor: Executor): Promise<void> {
  for (const question of INTEGRITY_QUESTIONS) {
    const answer = await runIntegrityCheck(executor, question);
    expect({ name: question.name, ...answer }).toEqual({ name: question.name, faults: 0, examples: [] });
  }
}
