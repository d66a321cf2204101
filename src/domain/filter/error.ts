import { ScanoramaError } from '#domain/errors/error.js';
import { clip } from '#domain/text/quote.js';

/** Where in a filter something is: in its text, or in its JSON form. */
export type FilterPlace =
  | { readonly column: number; readonly text: string }
  | { readonly path: string; readonly text: string };

/** What is wrong there, as the rest of a sentence, and what can be done about it. */
export interface FilterFault {
  readonly problem: string;
  readonly hint?: string | undefined;
}

/**
 * The one error of reading a filter, `invalid_filter`. `at` is the offending text; `facts.column` counts UTF-16 units
 * from 1 and is inside the text, or `facts.path` leads to it in the JSON form.
 */
export function filterError(place: FilterPlace, fault: FilterFault): ScanoramaError {
  return pointed('invalid_filter', place, fault);
}

/** A filter that can be read, and names what there is not, `filter_names_nothing`; points at it as `filterError` does. */
export function namesNothingError(place: FilterPlace, fault: FilterFault): ScanoramaError {
  return pointed('filter_names_nothing', place, fault);
}

const POINTED = ['invalid_filter', 'filter_names_nothing'] as const;

function pointed(
  code: (typeof POINTED)[number],
  place: FilterPlace,
  { problem, hint }: FilterFault,
): ScanoramaError {
  const [where, facts] =
    'column' in place
      ? [`Column ${place.column} of the filter`, { column: place.column }]
      : [`The filter at ${clip(place.path)}`, { path: place.path }];
  return new ScanoramaError(code, `${where}: ${problem}.`, {
    at: clip(place.text),
    facts,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The column that an error of a filter points at; undefined for any other. */
export function filterColumn(error: unknown): number | undefined {
  if (!(error instanceof ScanoramaError) || !POINTED.some((code) => code === error.code)) return undefined;
  const column = error.facts?.['column'];
  return typeof column === 'number' ? column : undefined;
}
