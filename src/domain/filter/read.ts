import { ScanoramaError } from '#domain/errors/error.js';
import type { FilterReading } from '#domain/filter/comparison.js';
import { filterError } from '#domain/filter/error.js';
import { FIELDS } from '#domain/filter/fields.js';
import { comparisonsOf, type Filter, MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';
import { filterOfJson } from '#domain/filter/json.js';
import { parseFilter } from '#domain/filter/parse.js';

/** A filter as anybody gives it: in the text form, or the JSON form where it begins with a brace. Throws `invalid_filter`. */
export function readFilter(text: string, reading?: FilterReading): Filter {
  // No text form begins so: a word that does is in quotes.
  return text.length <= MAX_FILTER_CHARACTERS && text.trimStart().startsWith('{')
    ? filterOfJson(parsedJson(text), reading)
    : parseFilter(text, reading);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw filterError(
      { path: '$', text },
      { problem: 'it begins like JSON, and is none', hint: 'Put a word with a brace into quotes: "{x".' },
    );
  }
}

/** Throws `not_in_history` for a filter that asks what nobody knows of a past instant. */
export function assertShowsPast(filter: Filter): void {
  const probed = new Set(comparisonsOf(filter).map(({ field }) => field));
  const unreported = FIELDS.find(({ name, inPast }) => !inPast && probed.has(name));
  if (unreported !== undefined) throw internalError(unreported.name);
}

/** What is said of something that nobody knows of a past instant. */
export function internalError(name: string): ScanoramaError {
  const reported = FIELDS.filter(({ inPast }) => inPast).map(({ name }) => name);
  return new ScanoramaError('not_in_history', `What ${name} was at a past instant is not known.`, {
    at: name,
    hint: `As of an instant one can ask for ${reported.join(', ')}.`,
  });
}
