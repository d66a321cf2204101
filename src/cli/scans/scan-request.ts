import { usage } from '#cli/arguments/usage.js';
import type { Io } from '#cli/program/io.js';
import type { ScanRequest } from '#contract/scans/scan.js';
import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { parseExclusions, parseTargetFile, parseTargets } from '#domain/targets/targets.js';
import { clip } from '#domain/text/quote.js';

/** Bounds a list of targets that is read from a file or from standard input. */
export const TARGET_FILE_BYTES_MAX = 16 * 1024 * 1024;

/** A scan as it was typed: `@file` and `-` are still to be read. */
export interface TypedScanRequest extends Omit<ScanRequest, 'targets' | 'exclude'> {
  readonly targets: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * Reads the files and checks everything that can be checked without a request, so that a typing error starts
 * nothing. Throws `file_unreadable`, `invalid_target`, `invalid_ports` and similar errors.
 */
export async function readScanRequest(typed: TypedScanRequest, io: Io): Promise<ScanRequest> {
  const targets = await readTargetTexts(typed.targets, io);
  const { args: exclude, files: excludeFiles } = await textsOf(typed.exclude, io);
  placingFaults(excludeFiles, () => parseExclusions(exclude));
  // The type may be set by the profile, which only the server knows.
  if (typeof typed.ports === 'string' && (typed.scan_type !== undefined || typed.profile === undefined)) {
    const { parsePorts } = await import('#domain/ports/ports.js');
    parsePorts(typed.ports, typed.scan_type === 'udp' ? 'udp' : 'tcp');
  }
  const request: ScanRequest = { ...typed, targets, exclude };
  await checkBounds(request);
  return request;
}

/** The words with those of files in their place, checked as targets. Throws as `readScanRequest` does. */
export async function readTargetTexts(typed: readonly string[], io: Io): Promise<string[]> {
  const { args, files } = await textsOf(typed, io);
  if (args.length === 0) {
    throw new ScanoramaError('target_empty', 'The list of targets is empty.', { at: typed.join(' ') });
  }
  placingFaults(files, () => parseTargets(args));
  return args;
}

/** A list of targets that was read. It is kept to report the line of an error. */
interface TargetFile {
  readonly name: string;
  readonly text: string;
  readonly args: readonly string[];
}

/** The words with those of the files in their place. */
async function textsOf(
  typed: readonly string[],
  io: Io,
): Promise<{ args: string[]; files: readonly TargetFile[] }> {
  const args: string[] = [];
  const files: TargetFile[] = [];
  for (const arg of typed) {
    if (arg !== '-' && !arg.startsWith('@')) {
      args.push(arg);
      continue;
    }
    const text = await textOf(arg, io);
    const read = parseTargetFile(text);
    files.push({ name: arg === '-' ? 'the standard input' : arg.slice(1), text, args: read });
    for (const found of read) args.push(found);
  }
  return { args, files };
}

function placingFaults(files: readonly TargetFile[], parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    throw error instanceof ScanoramaError ? placed(error, files) : error;
  }
}

/** The same error with the file and line of the word at fault, where that word came from a file. */
function placed(error: ScanoramaError, files: readonly TargetFile[]): ScanoramaError {
  const { code, message, at, hint, facts } = error;
  const file = files.find(({ args }) => args.some((arg) => clip(arg) === at));
  if (at === undefined || file === undefined) return error;
  const lines = file.text.split(/\r\n|\r|\n/);
  const line = lines.findIndex((text) => parseTargetFile(text).some((arg) => clip(arg) === at)) + 1;
  return new ScanoramaError(code, `Line ${line} of ${file.name}: ${message}`, {
    at,
    ...(hint === undefined ? {} : { hint }),
    facts: { ...facts, file: file.name, line },
    cause: error,
  });
}

async function textOf(arg: string, io: Io): Promise<string> {
  const limits = { maxBytes: TARGET_FILE_BYTES_MAX, signal: io.interrupts.signal };
  const bytes = arg === '-' ? await io.stdin.readAll(limits) : await io.readFile(arg.slice(1), limits);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const name = arg === '-' ? 'The standard input' : `The file ${arg.slice(1)}`;
    throw new ScanoramaError('file_unreadable', `${name} is not UTF-8 text.`, {
      hint: 'Save it as UTF-8 text, one target a line.',
      at: arg,
      cause,
    });
  }
}

const FIELD_CODES: Readonly<Record<string, ErrorCode>> = {
  targets: 'invalid_target',
  exclude: 'invalid_target',
  ports: 'invalid_ports',
};

/** Checks the bounds of the contract. The errors name options of the command line. */
async function checkBounds(request: ScanRequest): Promise<void> {
  // Loaded only when needed: the schemas take more time than the rest of `--help`.
  const { scanRequestSchema } = await import('#contract/scans/scan.js');
  const { MAX_TARGETS_PER_SCAN } = await import('#contract/scans/start.js');
  const { MAX_PACKETS_PER_SECOND } = await import('#contract/scans/settings.js');
  if (request.targets.length > MAX_TARGETS_PER_SCAN) {
    throw new ScanoramaError(
      'scan_too_large',
      `The scan names ${request.targets.length} targets, and one scan takes at most ${MAX_TARGETS_PER_SCAN}.`,
      { hint: 'Write neighbouring addresses as ranges or networks, or start several scans.' },
    );
  }
  for (const [flag, rate] of [
    ['rate', request.rate],
    ['per-host-rate', request.per_host_rate],
  ] as const) {
    if (typeof rate === 'number' && rate > MAX_PACKETS_PER_SECOND) {
      throw usage(`The value of --${flag} is above ${MAX_PACKETS_PER_SECOND} packets per second.`, {
        at: String(rate),
      });
    }
  }
  const issue = scanRequestSchema.safeParse(request).error?.issues[0];
  if (issue === undefined) return;
  const field = String(issue.path[0] ?? 'request');
  const flag = field === 'targets' ? 'a target' : `--${field.replaceAll('_', '-')}`;
  const fault =
    issue.code === 'too_big' && issue.origin === 'string'
      ? `is longer than ${issue.maximum} characters`
      : `is out of bounds: ${issue.message}`;
  throw new ScanoramaError(FIELD_CODES[field] ?? 'usage', `The value of ${flag} ${fault}.`, {
    at: issue.path.join('.'),
  });
}

/** The words of TARGETS…, before anything is read. */
export function checkTargetTexts(args: readonly string[]): void {
  if (args.filter((arg) => arg === '-').length > 1) {
    throw usage('The standard input (-) can be read only once.', { at: '-' });
  }
  for (const arg of args) {
    if (arg.trim() === '') throw new ScanoramaError('invalid_target', 'A target is empty.', { at: arg });
    if (arg === '@') throw usage('@ is followed by no file name.', { at: arg });
  }
}
