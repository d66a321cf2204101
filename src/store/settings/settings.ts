import { sql } from 'kysely';
import type { SettingName } from '#domain/settings/setting.js';
import type { Executor } from '#store/database/database.js';

export interface StoredSetting {
  /** One that this program does not know may have been left by another version. */
  readonly name: string;
  readonly value: string;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** The settings that somebody made. */
export async function listSettings(executor: Executor): Promise<readonly StoredSetting[]> {
  const { rows } = await sql<StoredSetting>`
    SELECT name, value, updated_by AS "updatedBy", updated_at AS "updatedAt" FROM settings ORDER BY name`.execute(
    executor,
  );
  return rows;
}

export interface SettingChange {
  readonly name: SettingName;
  readonly value: string;
  readonly actor: string;
}

export async function putSetting(executor: Executor, { name, value, actor }: SettingChange): Promise<void> {
  await sql`
    INSERT INTO settings (name, value, updated_by) VALUES (${name}, ${value}, ${actor})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_by = excluded.updated_by,
      updated_at = clock_timestamp()`.execute(executor);
}

/** Back to what holds while nothing was set. */
export async function removeSetting(executor: Executor, name: SettingName): Promise<void> {
  await sql`DELETE FROM settings WHERE name = ${name}`.execute(executor);
}
