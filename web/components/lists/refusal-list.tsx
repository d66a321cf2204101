import type { Refusal } from '#contract/api/bulk.js';
import { countOf, formatCount } from '../../format/number.ts';

const REFUSALS_SHOWN = 5;

interface RefusalListProps {
  /** What each of them is called: `scan`. */
  readonly one: string;
  readonly results: readonly { readonly id: string; readonly error: Refusal | null }[];
}

/** Which of many stay as they are, and why; nothing where none does. */
export function RefusalList({ one, results }: RefusalListProps) {
  const refused = results.filter(({ error }) => error !== null);
  if (refused.length === 0) return null;
  const more = refused.length - REFUSALS_SHOWN;
  return (
    <>
      <p>{countOf(refused.length, one)} cannot be, and will stay:</p>
      <ul className="list-disc pl-5">
        {refused.slice(0, REFUSALS_SHOWN).map(({ id, error }) => (
          <li key={id}>{error?.message}</li>
        ))}
        {more > 0 && <li>and {formatCount(more)} more</li>}
      </ul>
    </>
  );
}
