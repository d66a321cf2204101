import { ERROR_CATALOG, ScanoramaError } from '#domain/errors/error.js';
import { type PageHint, pageHint } from './page-hint.ts';

export interface Failure extends PageHint {
  readonly sentence: string;
}

/** Any thrown thing as one sentence for a person, with what can be done about it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ScanoramaError) return { sentence: error.message, ...pageHint(error) };
  if (error instanceof Error && error.name.endsWith('ZodError')) {
    return {
      sentence: 'The server answered in a way this page does not understand.',
      hint: 'It may have been updated since: reload the page.',
    };
  }
  return {
    sentence: 'Something went wrong in this page.',
    hint: 'Reload it; what is stored on the server is safe.',
  };
}

export function hasCode(error: unknown, code: keyof typeof ERROR_CATALOG): boolean {
  return error instanceof ScanoramaError && error.code === code;
}

/** Whether an address names nothing: what it asks for is not kept, or its id can be nobody's. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'not_found') || hasCode(error, 'invalid_request');
}

/** Failures that asking again may cure: the server or its database away, not a refused request. */
export function mayPass(error: unknown): boolean {
  return error instanceof ScanoramaError && ERROR_CATALOG[error.code].http >= 500;
}
