import { usage } from '#cli/arguments/usage.js';
import { toJson, writeDocument } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withConnection, withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import type { RetentionPreview, Setting } from '#contract/workers/setting.js';
import { retentionText } from '#domain/settings/retention.js';
import { SETTING_NAMES, type SettingName, settingFacts, settingNamed } from '#domain/settings/setting.js';
import { counted } from '#domain/text/count-text.js';
import { clip, quote } from '#domain/text/quote.js';

/** What sets a setting back. */
const DEFAULT = 'default';

export interface SetSettingPlan {
  readonly name: SettingName;
  /** Null: back to the default. */
  readonly value: string | null;
}

export function parseSetSetting({ args }: CommandInput): SetSettingPlan {
  const [name = '', ...rest] = args;
  const known = readName(name);
  // `90 days` may be written as two words.
  const text = rest.join(' ');
  if (text === DEFAULT) return { name: known, value: null };
  const { read, allowed } = settingFacts(known);
  const value = read(text);
  if (value !== undefined) return { name: known, value };
  throw usage(`${quote(text)} is no value of ${known}.`, {
    hint: `Use ${allowed}, or default.`,
    at: clip(text),
  });
}

export function parseResetSetting({ args: [name = ''] }: CommandInput): SetSettingPlan {
  return { name: readName(name), value: null };
}

function readName(text: string): SettingName {
  const known = settingNamed(text);
  if (known !== undefined) return known;
  const hint = `The settings are ${SETTING_NAMES.join(', ')}.`;
  throw usage(`There is no setting ${quote(text)}.`, { hint, at: clip(text) });
}

export function runSetSetting({ name, value }: SetSettingPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withConnection(context, async ({ client }) => {
    const { data } = await client.changeSettings({ [name]: value });
    const changed = data.filter((setting) => setting.name === name);
    if (globals.json !== 'off') await writeDocument(io.stdout, changed[0]);
    else {
      const lines = changed.map(
        ({ name: setting, value: now, acts }) => `${setting} is ${retentionText(now)}. ${acts}\n`,
      );
      await io.stdout.write(lines.join(''));
    }
    return EXIT.done;
  });
}

export function runListSettings(_plan: undefined, context: Context): Promise<ExitCode> {
  const { io } = context;
  return withStored(context, async ({ client }) => {
    const { data } = await client.settings();
    await writeRows(context, data, () =>
      renderTable(data.map(settingRow), { color: io.stdout.color, heads: SETTING_HEADS }),
    );
    return EXIT.done;
  });
}

const SETTING_HEADS = ['NAME', 'VALUE', 'SET BY', 'SET AT', 'WHAT IT IS'];
function settingRow(setting: Setting): Row {
  const { name, value, updated_by, updated_at, description } = setting;
  return [name, retentionText(value), updated_by ?? '(default)', localTime(updated_at), description];
}

export function runPreviewRetention(_plan: undefined, context: Context): Promise<ExitCode> {
  const { io } = context;
  return withStored(context, async ({ client }) => {
    const { data } = await client.previewRetention(io.interrupts.signal);
    await writeRows(context, data, () => {
      const table = renderTable(data.map(previewRow), { color: io.stdout.color, heads: PREVIEW_HEADS });
      return `${table}Nothing was removed.\n`;
    });
    return EXIT.done;
  });
}

const PREVIEW_HEADS = ['NAME', 'KEPT', 'COMPLETE SINCE', 'WOULD GO NOW'];
function previewRow(preview: RetentionPreview): Row {
  const { name, value, complete_since, removes_before, rows, months } = preview;
  const complete = months.length === 0 ? '' : ` (${months.join(' ')})`;
  const goes = `${counted(rows, 'row')}${complete}, before ${localTime(removes_before)}`;
  return [
    name,
    retentionText(value),
    complete_since === null ? 'the beginning' : localTime(complete_since),
    removes_before === null || rows === 0 ? 'nothing' : goes,
  ];
}

async function writeRows(context: Context, data: readonly unknown[], text: () => string): Promise<void> {
  const { globals, io } = context;
  if (globals.json === 'document') await writeDocument(io.stdout, data);
  else if (globals.json === 'stream')
    await io.stdout.write(data.map((row) => `${toJson(row, 0)}\n`).join(''));
  else await io.stdout.write(text());
}

const nothing = () => undefined;

export const settingsCommands = [
  defineCommand<undefined>({
    path: ['settings', 'list'],
    summary: 'list settings and who changed them',
    examples: [['settings list', 'how long everything is kept, and how fast scans are by default']],
    json: 'stream',
    place: 'any',
    parse: nothing,
    run: runListSettings,
  }),
  defineCommand<SetSettingPlan>({
    path: ['settings', 'set'],
    summary: 'change a setting',
    arguments: [
      { name: 'name', help: 'the setting', required: true, choices: SETTING_NAMES },
      {
        name: 'value',
        help: 'default, or what the setting may be: forever, 90 days, 40, 15s',
        required: true,
        variadic: true,
      },
    ],
    examples: [
      ['settings set retention.port_scans 24 months', 'raw results of older months are removed'],
      [
        'settings set rate.per_host 20',
        'scans that were given no rate are gentler to each host, from now on',
      ],
      ['settings set retention.history default', 'as if it was never set'],
    ],
    json: 'document',
    place: 'any',
    parse: parseSetSetting,
    run: runSetSetting,
  }),
  defineCommand<SetSettingPlan>({
    path: ['settings', 'reset'],
    summary: 'reset a setting to its default',
    arguments: [{ name: 'name', help: 'the setting', required: true, choices: SETTING_NAMES }],
    examples: [['settings reset rate.total', 'as if it was never set']],
    json: 'document',
    place: 'any',
    parse: parseResetSetting,
    run: runSetSetting,
  }),
  defineCommand<undefined>({
    path: ['settings', 'retention'],
    summary: 'show what the retention settings would remove',
    examples: [['settings retention', 'what will be removed, and how far back history reaches']],
    json: 'stream',
    place: 'any',
    parse: nothing,
    run: runPreviewRetention,
  }),
];
