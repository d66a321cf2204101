import { ScanoramaError } from '#domain/errors/error.js';
import { SETTING_NAMES, type SettingName, settingFacts, settingValue } from '#domain/settings/setting.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { writeEvent } from '#store/events/events.js';
import { listSettings, putSetting, removeSetting } from '#store/settings/settings.js';
import type { Actor, WorkContext } from '#work/context/context.js';

/** What holds for one setting, and who decided so. */
export interface Setting {
  readonly name: SettingName;
  readonly value: string;
  /** Null while nothing was set and the default holds. */
  readonly set: { readonly by: Actor; readonly at: Date } | null;
}

/** Every setting there is, set or not. */
export async function readSettings(executor: Executor): Promise<readonly Setting[]> {
  const stored = new Map((await listSettings(executor)).map((row) => [row.name, row]));
  return SETTING_NAMES.map((name) => {
    const row = stored.get(name);
    return row === undefined
      ? { name, value: settingFacts(name).fallback, set: null }
      : {
          name,
          value: settingValue({ [name]: row.value }, name),
          set: { by: row.updatedBy, at: row.updatedAt },
        };
  });
}

/** By name; null sets back to the default. */
export type SettingChanges = readonly (readonly [SettingName, string | null])[];

/**
 * Changes all of these settings or none, and tells every program that runs; `invalid_request` names the first that has no
 * such value.
 */
export async function changeSettings(
  context: WorkContext,
  changes: SettingChanges,
  actor: Actor,
): Promise<void> {
  const valid = changes.map(([name, text]) => [name, text === null ? null : valueOf(name, text)] as const);
  await context.store.transaction(async (executor) => {
    for (const [name, value] of valid) {
      if (value === null) await removeSetting(executor, name);
      else await putSetting(executor, { name, value, actor });
    }
    const payload = { settings: Object.fromEntries(valid), actor };
    if (valid.length > 0)
      await writeEvent(executor, { kind: 'settings.changed', jobId: null, scan: null, payload });
  });
  context.log.info({ settings: Object.fromEntries(valid), actor }, 'settings changed');
}

function valueOf(name: SettingName, text: string): string {
  const { read, allowed } = settingFacts(name);
  const value = read(text);
  if (value !== undefined) return value;
  throw new ScanoramaError('invalid_request', `${quote(text)} is no value of ${name}.`, {
    hint: `Say ${allowed}.`,
    at: name,
  });
}
