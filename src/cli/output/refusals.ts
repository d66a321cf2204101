import { type Calling, spokenAs } from '#cli/program/program-name.js';
import type { Refusal } from '#contract/api/bulk.js';
import { grouped } from '#domain/text/count-text.js';

/** Refusals of a table; `--json` has all of them. */
const REFUSALS_SHOWN = 20;

interface Result {
  readonly id: string;
  readonly name?: string | null;
  readonly error: Refusal | null;
}

/** Why some of many stayed as they are, a line each; of one alone also what can be done. */
export function refusalLines(results: readonly Result[], calling: Calling): string[] {
  const errors = results.flatMap(({ error }) => error ?? []);
  const refused = results.flatMap(({ id, name, error }) =>
    error === null ? [] : [`${name ?? id}: ${error.message} [${error.code}]`],
  );
  const hint = errors.length === 1 ? errors[0]?.hint : undefined;
  if (hint !== undefined && hint !== null) return [...refused, `hint: ${spokenAs(calling, hint)}`];
  const more = refused.length - REFUSALS_SHOWN;
  if (more <= 0) return refused;
  return [...refused.slice(0, REFUSALS_SHOWN), `And ${grouped(more)} more; --json has them all.`];
}
