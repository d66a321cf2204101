import { expect, test } from 'vitest';
import { z } from 'zod';
import { asScanoramaError, renderError } from '#cli/output/error.js';
import { ScanoramaError } from '#domain/errors/error.js';

const PLAIN = { json: false, color: false, program: 'scanorama' };

test('a sentence with its code, then the hint', () => {
  const error = new ScanoramaError('not_found', 'There is no such scan.', { hint: 'List them.', at: 'x' });
  expect(renderError(error, PLAIN)).toBe('error: There is no such scan. [not_found]\nhint: List them.\n');
  expect(renderError(error, { ...PLAIN, color: true })).toContain('\u001b[31merror:\u001b[39m There');
  expect(JSON.parse(renderError(error, { ...PLAIN, json: true }))).toEqual({
    error: 'not_found',
    message: 'There is no such scan.',
    hint: 'List them.',
    at: 'x',
  });
});

test('commands are named as the program was started', () => {
  const error = new ScanoramaError('not_found', 'See `scanorama scans list` of scanorama.', {
    hint: 'Run `scanorama serve`.',
  });
  const form = { ...PLAIN, program: './scanorama' };
  expect(renderError(error, form)).toBe(
    'error: See `./scanorama scans list` of scanorama. [not_found]\nhint: Run `./scanorama serve`.\n',
  );
  expect(JSON.parse(renderError(error, { ...form, json: true })).hint).toBe('Run `./scanorama serve`.');
});

test('absent fields are omitted', () => {
  const error = new ScanoramaError('internal', 'It broke.');
  expect(renderError(error, PLAIN)).toBe('error: It broke. [internal]\n');
  expect(renderError(error, { ...PLAIN, json: true })).toBe('{"error":"internal","message":"It broke."}\n');
});

test('a message from the network steers nothing', () => {
  const text = renderError({ code: 'internal', message: 'a\u001b[2Jb\nc', hint: '\u0007' }, PLAIN);
  expect(text).toBe('error: a\u{FFFD}[2Jb\u{FFFD}c [internal]\nhint: \u{FFFD}\n');
});

test.each<[unknown, string]>([
  [new Error('boom.\nat line 2'), 'Something unexpected went wrong: boom.'],
  [new Error(''), 'Something unexpected went wrong.'],
  ['text', 'Something unexpected went wrong: text.'],
  [undefined, 'Something unexpected went wrong: undefined.'],
])('the unexpected %j is one sentence', (thrown, sentence) => {
  expect(asScanoramaError(thrown)).toMatchObject({ code: 'internal', message: sentence });
});

test('a response of another shape is reported as such', () => {
  const { error } = z.object({ id: z.string() }).safeParse({});
  expect(asScanoramaError(error)).toMatchObject({
    code: 'internal',
    message: 'The server gave an answer that this program does not understand.',
  });
});
