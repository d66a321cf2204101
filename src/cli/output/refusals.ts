import { grouped } from '#cli/output/text.js';
import type { Refusal } from '#contract/bulk.js';

/** Refusals of a table; `--json` has all of them. */
const REFUSALS_SHOWN = 20;

interface Result {
  readonly id: string;
  readonly name?: string | null;
  readonly error: Refusal | null;
}

/** Why some of many stayed as they are, a line each. */
export function refusalLines(results: readonly Result[]): string[] {
  const refused = results.flatMap(({ id, name, error }) =>
    error === null ? [] : [`${name ?? id}: ${error.message} [${error.code}]`],
  );
  const more = refused.length - REFUSALS_SHOWN;
  if (more <= 0) return refused;
  return [...refused.slice(0, REFUSALS_SHOWN), `And ${grouped(more)} more; --json has them all.`];
}
