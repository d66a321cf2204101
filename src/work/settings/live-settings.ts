import {
  type SettingName,
  type SettingValues,
  settingNamed,
  settingValue,
} from '#domain/settings/setting.js';
import { parseSpanMs } from '#domain/time/time-span.js';
import type { DefaultRates } from '#net/send/scan-pace.js';
import type { Executor } from '#store/database/database.js';
import { listSettings } from '#store/settings/settings.js';

/**
 * The settings that running work heeds, as last read: the defaults before that. They are read again when a change is
 * announced, at every look for work, on every beat while something sends, and before a scan is planned.
 */
export class LiveSettings {
  #values: SettingValues = {};

  async refresh(executor: Executor): Promise<void> {
    const stored = await listSettings(executor);
    const known = stored.flatMap(({ name, value }) => {
      const setting = settingNamed(name);
      return setting === undefined ? [] : [[setting, value] as const];
    });
    this.#values = Object.fromEntries(known);
  }

  /** What scans send by that were given no rates. */
  get defaultRates(): DefaultRates {
    return {
      packetsPerSecond: this.#number('rate.total'),
      packetsPerSecondPerHost: this.#number('rate.per_host'),
    };
  }

  get leaseMs(): number {
    return parseSpanMs(settingValue(this.#values, 'worker.lease')) ?? Number.NaN;
  }

  /** What scans ask that were given no ports; TCP ports. */
  get ports(): string {
    return settingValue(this.#values, 'scan.ports');
  }

  get shardsAtOnce(): number {
    return this.#number('worker.shards');
  }

  #number(name: SettingName): number {
    return Number(settingValue(this.#values, name));
  }
}
