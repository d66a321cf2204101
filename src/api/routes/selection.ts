import type { Refusal } from '#contract/api/bulk.js';
import { ScanoramaError } from '#domain/errors/error.js';

interface Probed<Filter> {
  /** What they are called: `Hosts`. */
  readonly noun: string;
  /** The member of the body that names them: `host_ids`. */
  readonly member: string;
  readonly ids: readonly string[] | undefined;
  readonly filter: Filter | undefined;
  /** Those alone of what the filter finds. */
  readonly only?: readonly string[] | undefined;
}

/** Things named by their ids, or found by a filter. Throws `invalid_request` for both and for neither. */
export function namedOrFound<Filter>({ noun, member, ids, filter, only }: Probed<Filter>) {
  if (only !== undefined && filter === undefined)
    throw new ScanoramaError('invalid_request', '"only_ids" has a meaning with "filter" alone.', {
      at: 'only_ids',
    });
  if (ids !== undefined && filter === undefined) return { uids: ids };
  if (ids === undefined && filter !== undefined) return { filter, only };
  throw new ScanoramaError(
    'invalid_request',
    `${noun} are named by "${member}" or found by "filter", one of both.`,
    { at: ids === undefined ? member : 'filter' },
  );
}

export function presentRefusal({ code, message, hint }: ScanoramaError): Refusal {
  return { code, message, hint: hint ?? null };
}
