import { setTimeout as sleep } from 'node:timers/promises';

/** A database that takes longer to say anything is not there for whoever asks. */
export const DATABASE_ANSWER_MS = 1_000;

/** The answer, or undefined when there is none within the time, for whatever reason. */
export async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  const late = new AbortController();
  const timer = sleep(DATABASE_ANSWER_MS, undefined, { signal: late.signal }).catch(() => undefined);
  try {
    return await Promise.race([answer.catch(() => undefined), timer]);
  } finally {
    late.abort();
  }
}
