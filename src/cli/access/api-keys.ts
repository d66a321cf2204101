import { durationOf, uidOf } from '#cli/arguments/flag-parsers.js';
import { note } from '#cli/arguments/print-notice.js';
import { usage } from '#cli/arguments/usage.js';
import { toJson, writeDocument } from '#cli/output/json.js';
import { type Cell, type Row, renderTable } from '#cli/output/table.js';
import { printable } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { ApiKey } from '#contract/access/api-key.js';
import { ScanoramaError } from '#domain/errors/error.js';

const MAX_NAME_CHARACTERS = 100;

export interface CreateApiKeyPlan {
  readonly name: string;
  readonly expiresInMs: number | undefined;
}

export function parseCreateApiKey({ args, flags }: CommandInput): CreateApiKeyPlan {
  const name = (args[0] ?? '').trim();
  if (name === '' || name.length > MAX_NAME_CHARACTERS) {
    throw usage(`The name of a key must have 1 to ${MAX_NAME_CHARACTERS} characters.`);
  }
  return { name, expiresInMs: durationOf('expires-in', flags.text('expires-in')) };
}

export function runCreateApiKey(plan: CreateApiKeyPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  const expiry =
    plan.expiresInMs === undefined
      ? {}
      : { expires_at: new Date(io.clock.now() + plan.expiresInMs).toISOString() };
  return withConnection(context, async ({ client }) => {
    const created = await client.createApiKey({ name: plan.name, ...expiry });
    if (globals.json === 'off') {
      await note(context, `This is the key "${created.name}"; it is shown this once and never again.`);
      await io.stdout.write(`${printable(created.key)}\n`);
    } else await writeDocument(io.stdout, created);
    return EXIT.done;
  });
}

export function runListApiKeys(_plan: undefined, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const { data } = await client.apiKeys();
    if (globals.json === 'document') await writeDocument(io.stdout, data);
    else if (globals.json === 'stream')
      await io.stdout.write(data.map((key) => `${toJson(key, 0)}\n`).join(''));
    else {
      const rows = data.map((key) => keyRow(key, io.clock.now()));
      const table = renderTable(rows, { color: io.stdout.color, heads: KEY_HEADS });
      await io.stdout.write(table === '' ? 'No API keys.\n' : table);
    }
    return EXIT.done;
  });
}

const KEY_HEADS = ['ID', 'NAME', 'BEGINS', 'STATE', 'CREATED', 'EXPIRES'];
function keyRow(key: ApiKey, nowMs: number): Row {
  return [
    key.id,
    key.name,
    key.prefix,
    keyState(key, nowMs),
    localTime(key.created_at),
    localTime(key.expires_at),
  ];
}

function keyState(key: ApiKey, nowMs: number): Cell {
  if (key.revoked_at !== null) return { text: 'revoked', paint: 'dim' };
  const expired = key.expires_at !== null && Date.parse(key.expires_at) <= nowMs;
  return expired ? { text: 'expired', paint: 'yellow' } : { text: 'valid', paint: 'green' };
}

export function parseRevokeApiKey({ args }: CommandInput): string {
  return uidOf('an API key', args[0] ?? '', 'api-keys list');
}

export function runRevokeApiKey(id: string, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    await client.revokeApiKey(id);
    if (globals.json === 'off') await io.stdout.write(`The key ${id} is revoked.\n`);
    else await writeDocument(io.stdout, { id, revoked: true });
    return EXIT.done;
  });
}

export function runSignInLink(_plan: undefined, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withConnection(context, async ({ client, serverUrl }) => {
    if (serverUrl === null) {
      throw new ScanoramaError(
        'server_unreachable',
        'No server is running that a browser could sign in to.',
        {
          hint: 'Start one with `scanorama serve`.',
        },
      );
    }
    const { token, expires_at } = await client.createSignInLink();
    const link = `${serverUrl.replace(/\/+$/, '')}/sign-in?token=${encodeURIComponent(token)}`;
    if (globals.json === 'off') {
      await note(context, `This link signs one browser in, once, until ${localTime(expires_at)}.`);
      await io.stdout.write(`${printable(link)}\n`);
    } else await writeDocument(io.stdout, { link, expires_at });
    return EXIT.done;
  });
}

const nothing = () => undefined;

export const apiKeysCommands = [
  defineCommand<CreateApiKeyPlan>({
    path: ['api-keys', 'create'],
    summary: 'create an API key and print it once',
    arguments: [{ name: 'name', help: 'what the key is for', required: true }],
    flags: [
      {
        flags: '--expires-in <span>',
        help: 'when it stops working, such as 12h, 30d or 2w (default: never)',
      },
    ],
    examples: [['api-keys create backup --expires-in 30d', 'a key that works for thirty days']],
    json: 'document',
    place: 'any',
    parse: parseCreateApiKey,
    run: runCreateApiKey,
  }),
  defineCommand<undefined>({
    path: ['api-keys', 'list'],
    summary: 'list the API keys, without the keys themselves',
    examples: [['api-keys list', 'every key with its state']],
    json: 'stream',
    place: 'any',
    parse: nothing,
    run: runListApiKeys,
  }),
  defineCommand<string>({
    path: ['api-keys', 'revoke'],
    summary: 'revoke an API key permanently',
    arguments: [{ name: 'id', help: 'the id of the key', required: true }],
    examples: [['api-keys revoke 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', 'its holder loses access']],
    json: 'document',
    place: 'any',
    parse: parseRevokeApiKey,
    run: runRevokeApiKey,
  }),
  defineCommand<undefined>({
    path: ['api-keys', 'link'],
    summary: 'print a sign-in link, valid once',
    examples: [['api-keys link', 'open it in the browser that is to be signed in']],
    json: 'document',
    place: 'any',
    parse: nothing,
    run: runSignInLink,
  }),
];
