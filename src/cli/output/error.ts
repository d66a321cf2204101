import { toJson } from '#cli/output/json.js';
import { paint, printable } from '#cli/output/text.js';
import { type Calling, spokenAs } from '#cli/program/program-name.js';
import { ScanoramaError } from '#domain/errors/error.js';

const MAX_UNEXPECTED_CHARACTERS = 200;

/** Converts any error to a `ScanoramaError` with a readable message. Unexpected errors become `internal`. */
export function asScanoramaError(error: unknown): ScanoramaError {
  if (error instanceof ScanoramaError) return error;
  if (error instanceof Error && error.name === 'ZodError') {
    return new ScanoramaError(
      'internal',
      'The server gave an answer that this program does not understand.',
      {
        hint: 'Check that --server is a Scanorama server of the same version.',
        cause: error,
      },
    );
  }
  const firstLine = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
  const shown = firstLine.slice(0, MAX_UNEXPECTED_CHARACTERS).replace(/[.\s]+$/, '');
  return new ScanoramaError(
    'internal',
    `Something unexpected went wrong${shown === '' ? '' : `: ${shown}`}.`,
    {
      cause: error,
    },
  );
}

/** The parts of a failure to print, either of this program or of a failed scan. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly at?: string | undefined;
}

export interface ErrorForm extends Calling {
  readonly json: boolean;
  readonly color: boolean;
}

/** The lines for stderr: the sentence with its stable code, the hint below it; or one JSON object. */
export function renderError(error: Failure, form: ErrorForm): string {
  const { code, at } = error;
  const message = spokenAs({ program: form.program }, error.message);
  const hint = error.hint === undefined ? undefined : spokenAs(form, error.hint);
  if (form.json) return `${toJson({ error: code, message, hint, at }, 0)}\n`;
  const head = `${paint(form.color, 'red', 'error:')} ${printable(message)} [${code}]\n`;
  return hint === undefined ? head : `${head}${paint(form.color, 'cyan', 'hint:')} ${printable(hint)}\n`;
}
