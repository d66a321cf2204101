import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';

/** A colour as `#rrggbb` in lower case; without the `#`, which a shell takes for a comment, too. Throws `invalid_request`. */
export function checkColor(text: string): string {
  const digits = /^#?([0-9a-f]{6})$/.exec(text.trim().toLowerCase())?.[1];
  if (digits !== undefined) return `#${digits}`;
  throw new ScanoramaError('invalid_request', `${quote(text)} is no colour.`, {
    at: 'color',
    hint: 'Write it as RRGGBB, such as 2e8b57.',
  });
}
