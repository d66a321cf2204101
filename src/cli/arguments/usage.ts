import { type ErrorDetails, ScanoramaError } from '#domain/errors/error.js';

/** A wrong flag, argument or combination of them: exit 2, and nothing was started. */
export function usage(sentence: string, details: ErrorDetails = {}): ScanoramaError {
  return new ScanoramaError('usage', sentence, details);
}
