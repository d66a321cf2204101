import { describe, expect, it } from 'vitest';
import { type Profile, profileRequestSchema } from '#contract/profiles/profile.js';
import { SETTING_TEXTS } from '#domain/scans/scan-settings.js';
import { EMPTY_SETTINGS, readSettings, settingsTyped, withNulls } from './setting-draft.ts';

const PROFILE: Profile = {
  id: 'x',
  name: 'x',
  description: null,
  built_in: false,
  scan_type: 'version',
  ports: '22',
  live_hosts: true,
  rate: 'max',
  per_host_rate: 5,
  retries: 0,
  timeout_ms: null,
  concurrency: null,
  timing: 'polite',
  version_intensity: 0,
  scripts: 'default',
  os_detection: false,
  enrich: null,
  created_by: null,
  created_at: null,
  updated_at: null,
};

describe('the fields of settings', () => {
  it('say again what a profile says', () => {
    const { given, failures } = readSettings(settingsTyped(PROFILE));
    expect(failures).toEqual({});
    const settings = Object.fromEntries(SETTING_TEXTS.map((text) => [text, PROFILE[text]]));
    expect(withNulls(given)).toEqual(settings);
    expect(profileRequestSchema.safeParse({ name: 'x', ...withNulls(given) }).success).toBe(true);
  });

  it('say nothing that would do nothing in the type', () => {
    const typed = {
      ...settingsTyped(PROFILE),
      concurrency: '9',
      timeoutMs: 'odd',
      scanType: 'connect',
    } as const;
    expect(readSettings({ ...typed, timeoutMs: '500' }).given).toEqual({
      scan_type: 'connect',
      ports: '22',
      live_hosts: true,
      rate: 'max',
      per_host_rate: 5,
      retries: 0,
      timeout_ms: 500,
      concurrency: 9,
    });
    expect(Object.keys(readSettings(typed).failures)).toEqual(['timeoutMs']);
    // A field that is not shown cannot be at fault.
    expect(readSettings({ ...typed, scanType: 'version' }).failures).toEqual({});
  });

  it('take back what is left empty', () => {
    const { scan_type, live_hosts, ...rest } = withNulls(readSettings(EMPTY_SETTINGS).given);
    expect({ scan_type, live_hosts }).toEqual({ scan_type: 'auto', live_hosts: false });
    expect(new Set(Object.values(rest))).toEqual(new Set([null]));
  });
});
