import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { describeIssue, pathText } from '#api/http/validation-message.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { clip } from '#domain/text/quote.js';

/** Checks a part of a request by its zod schema; the first thing wrong with it becomes `invalid_request`. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return refuseNul(parsed.data);
    const issue = parsed.error.issues[0];
    return {
      error: issue === undefined ? invalid('The request is not valid.', []) : toError(issue, data, httpPart),
    };
  };
};

function toError(issue: z.core.$ZodIssue, data: unknown, part: string | undefined): ScanoramaError {
  const { sentence, path } = describeIssue(issue, data, part === 'body' ? 'body' : 'query');
  return invalid(sentence, path);
}

function invalid(sentence: string, path: readonly PropertyKey[]): ScanoramaError {
  return new ScanoramaError(
    'invalid_request',
    sentence,
    path.length === 0 ? {} : { at: clip(pathText(path)) },
  );
}

/** PostgreSQL stores no NUL in a text, so it is refused where it comes in. */
function refuseNul(value: unknown): { value: unknown } | { error: ScanoramaError } {
  const path = findNul(value, []);
  if (path === undefined) return { value };
  return {
    error: invalid(
      `${path.length === 0 ? 'The text' : `"${clip(pathText(path))}"`} must not contain NUL characters.`,
      path,
    ),
  };
}

/** Where in a value that passed its schema, and so is no deeper than it, a NUL stands. */
function findNul(value: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const found = findNul(part, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
