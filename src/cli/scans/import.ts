import { basename } from 'node:path';
import { usage } from '#cli/arguments/usage.js';
import { writeList } from '#cli/output/json.js';
import { printable } from '#cli/output/text.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { Client } from '#contract/api/client.js';
import type { ImportResult } from '#contract/scans/import.js';
import { ERROR_CATALOG, type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { counted, grouped } from '#domain/text/count-text.js';

/** Failures of one file, after which the next is still tried. */
const FILE_FAILURES: readonly ErrorCode[] = [
  'file_unreadable',
  'invalid_report',
  'payload_too_large',
  'conflict',
];
const MAX_SITE_CHARACTERS = 100;
/** What the server takes as a name. */
const MAX_NAME_CHARACTERS = 255;

export interface ImportPlan {
  readonly files: readonly string[];
  readonly site: string | undefined;
}

export function parseImport({ args, flags }: CommandInput): ImportPlan {
  const site = flags.text('site');
  if (site !== undefined && site.length > MAX_SITE_CHARACTERS)
    throw usage(`The value of --site is longer than ${MAX_SITE_CHARACTERS} characters.`);
  if (args.filter((arg) => arg === '-').length > 1) throw usage('The standard input can be read once only.');
  return { files: args, site };
}

type FileResult = ImportResult | { readonly error: ScanoramaError };
interface DoneFile {
  readonly file: string;
  readonly result: FileResult;
}

export function runImport(plan: ImportPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withConnection(context, async ({ client }) => {
    let exit: ExitCode = EXIT.done;
    const watched = async function* watch(files: AsyncIterable<DoneFile>) {
      for await (const done of files) {
        exit = worse(exit, exitOf(done.result));
        yield done;
      }
    };
    const files = watched(importFiles(client, plan, context));
    if (globals.json !== 'off') await writeList(io.stdout, documents(files), globals.json);
    else for await (const { file, result } of files) await io.stdout.write(textOf(file, result));
    return exit;
  });
}

/** A file that was read only in part must not exit like a success. */
function exitOf(result: FileResult): ExitCode {
  if ('error' in result) return ERROR_CATALOG[result.error.code].exit;
  if (result.outcome === 'empty' && result.partial) return EXIT.failed;
  return result.partial ? EXIT.found : EXIT.done;
}

/** Several files end as the first that failed would alone; what is partial is less than that. */
function worse(one: ExitCode, other: ExitCode): ExitCode {
  const isFailure = one !== EXIT.done && one !== EXIT.found;
  return isFailure || other === EXIT.done ? one : other;
}

async function* importFiles(client: Client, plan: ImportPlan, context: Context): AsyncGenerator<DoneFile> {
  for (const file of plan.files) {
    try {
      yield { file, result: await importFile(client, { file, site: plan.site }, context) };
    } catch (error) {
      const isOwn = error instanceof ScanoramaError && FILE_FAILURES.includes(error.code);
      if (!isOwn || plan.files.length === 1) throw error;
      yield { file, result: { error } };
    }
  }
}

async function importFile(
  client: Client,
  { file, site }: { readonly file: string; readonly site: string | undefined },
  { io }: Context,
): Promise<ImportResult> {
  const { signal } = io.interrupts;
  const chunks = file === '-' ? io.stdin.stream(signal) : await io.openFile(file, signal);
  const name = file === '-' ? {} : { name: basename(file).slice(0, MAX_NAME_CHARACTERS).toWellFormed() };
  return client.importReport(chunks, { ...name, ...(site === undefined ? {} : { site }), signal });
}

async function* documents(files: AsyncIterable<DoneFile>) {
  for await (const { file, result } of files) {
    if (!('error' in result)) yield [{ file, ...result }];
    else {
      const { code, message, hint, at } = result.error;
      yield [{ file, error: { code, message, hint: hint ?? null, at: at ?? null } }];
    }
  }
}

const NOT_SUPPORTED_TEXTS: Readonly<Record<string, string>> = {
  'no-address': 'hosts without an address',
  'no-time': 'hosts without a time',
  'future-time': 'hosts seen in the future',
  'repeated-host': 'hosts reported before',
  'other-protocol': 'ports of another protocol than TCP and UDP',
  'unknown-state': 'ports in an unknown state',
  'repeated-port': 'ports reported before',
  'uncertain-ports': 'ports that are only counted',
  'guessed-service': 'services guessed from the port number',
  'ambiguous-os': 'operating systems that fit alike',
  'no-evidence': 'facts of hosts that nothing proves to be there',
  'script-output': 'outputs of scripts',
};

/** A paragraph for each file: what became of it, what is missing, what was not taken. */
function textOf(file: string, result: FileResult): string {
  const name = file === '-' ? 'standard input' : file;
  if ('error' in result) {
    const where = result.error.at === undefined ? '' : ` (${result.error.at})`;
    return `${printable(`${name}: not imported. ${result.error.message}${where} [${result.error.code}]`)}\n`;
  }
  const { fault, not_taken } = result;
  const lines = [`${name}: ${outcomeText(result)}`];
  if (fault !== null)
    lines.push(
      `  partial: read to line ${grouped(fault.line)}, column ${grouped(fault.column)}. ${fault.message}`,
    );
  if (not_taken.length > 0) {
    const parts = not_taken.map(
      ({ reason, count }) => `${NOT_SUPPORTED_TEXTS[reason] ?? reason} (${grouped(count)})`,
    );
    lines.push(`  not taken: ${parts.join(', ')}`);
  }
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function outcomeText({ outcome, scan_id, taken, partial }: ImportResult): string {
  if (outcome === 'empty') return 'nothing stored, there is no host in it that could be taken.';
  if (outcome === 'already-stored') return `already imported as scan ${scan_id ?? '-'}; nothing was added.`;
  const counts = [
    `${counted(taken.hosts, 'host')} (${grouped(taken.hosts_up)} up)`,
    counted(taken.open_ports, 'open port'),
    counted(taken.other_ports, 'other port'),
    counted(taken.services, 'service'),
  ];
  return `imported${partial ? ' in part' : ''} as scan ${scan_id ?? '-'}: ${counts.join(', ')}.`;
}

export const importCommand = defineCommand<ImportPlan>({
  path: ['import'],
  summary: 'import nmap XML reports',
  arguments: [
    {
      name: 'file',
      help: 'an XML report, or - for the standard input',
      required: true,
      variadic: true,
      takesPath: true,
    },
  ],
  flags: [{ flags: '--site <name>', help: 'the site that was scanned (default: default)' }],
  examples: [
    ['import scan.xml', 'its hosts, ports and services'],
    ['import --site branch monday.xml tuesday.xml', 'several, each for itself'],
  ],
  json: 'stream',
  place: 'any',
  parse: parseImport,
  run: runImport,
});
