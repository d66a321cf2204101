import { describe, expect, it } from 'vitest';
import { BUILT_IN_PROFILES, builtInProfile, checkProfileName } from '#domain/profiles/profile.js';
import {
  checkSettings,
  idleSettings,
  mergeSettings,
  type ScanSettings,
  SETTING_TEXTS,
  typesOfSetting,
} from '#domain/scans/scan-settings.js';
import { SCAN_TYPES } from '#domain/scans/scan-type.js';

describe('settings merged', () => {
  const base: ScanSettings = { scanType: 'connect', ports: 'top-100', rate: 50, retries: 0 };

  it('keep what is not said, take what is, and tell what is other', () => {
    expect(mergeSettings(base, { rate: 'max', ports: 'top-100', osDetection: undefined })).toEqual({
      settings: { ...base, rate: 'max' },
      overrides: ['rate'],
    });
  });

  it('take back by null, also a value that looks like nothing', () => {
    const { settings, overrides } = mergeSettings(base, { retries: null, timeoutMs: null });
    expect(settings.retries).toBeUndefined();
    expect(overrides).toEqual(['retries']);
    expect(mergeSettings({}, { retries: 0, liveHosts: true }).settings).toEqual({
      retries: 0,
      liveHosts: true,
    });
  });

  it('call nothing other that is the program’s own way', () => {
    expect(mergeSettings({}, { scanType: 'auto', liveHosts: false }).overrides).toEqual([]);
    expect(mergeSettings({ scanType: 'auto' }, { scanType: null }).overrides).toEqual([]);
  });
});

describe('a setting', () => {
  it('has a word of its own', () => {
    expect(new Set(SETTING_TEXTS).size).toBe(SETTING_TEXTS.length);
  });

  it.each([
    ['timeout_ms', { timeoutMs: 500 }, ['version', 'aggressive', 'comprehensive']],
    ['concurrency', { concurrency: 5 }, SCAN_TYPES.filter((type) => type !== 'connect')],
    ['timing', { timing: 'polite' }, ['auto', 'connect', 'syn', 'udp', 'ack']],
    ['version_intensity', { versionIntensity: 0 }, ['auto', 'connect', 'syn', 'udp', 'ack']],
    ['scripts', { scripts: 'none' }, ['auto', 'connect', 'syn', 'udp', 'ack']],
    ['os_detection', { osDetection: false }, ['auto', 'connect', 'syn', 'udp', 'ack']],
  ] as const)('%s is refused where it would do nothing', (text, given: ScanSettings, idleIn) => {
    for (const scanType of SCAN_TYPES) {
      const settings = { ...given, scanType };
      const isIdle = idleIn.some((type) => type === scanType);
      expect(typesOfSetting(text).includes(scanType)).toBe(!isIdle);
      expect(idleSettings(settings)).toEqual(isIdle ? [text] : []);
      if (isIdle) expect(() => checkSettings(settings)).toThrow(`${text} changes nothing in a scan of type`);
      else expect(() => checkSettings(settings)).not.toThrow();
    }
  });

  it('of a connect scan waits no longer than the kernel does by itself', () => {
    expect(() => checkSettings({ scanType: 'connect', timeoutMs: 901 })).toThrow(/900 ms at most/);
    expect(() => checkSettings({ scanType: 'syn', timeoutMs: 901 })).not.toThrow();
  });

  it('of ports is read in the protocol of its type', () => {
    expect(() => checkSettings({ scanType: 'udp', ports: 'syslog' })).not.toThrow();
    expect(() => checkSettings({ ports: 'syslog' })).toThrow(/UDP alone/);
    expect(() => checkSettings({ scanType: 'syn', ports: 'U:53' })).toThrow(/TCP ports only/);
  });
});

describe('the built-in profiles', () => {
  it('have names of their own, a sentence each, and settings that all do something', () => {
    const names = BUILT_IN_PROFILES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description, settings } of BUILT_IN_PROFILES) {
      expect(name).toMatch(/^[a-z][a-z-]*$/);
      expect(description).toMatch(/\.$/);
      expect(() => checkSettings(settings)).not.toThrow();
      expect(() => checkProfileName(name.toUpperCase())).toThrow(/built-in profile/);
    }
    expect(builtInProfile('Fragile')?.settings.perHostRate).toBe(5);
  });

  it.each(['', 'a,b', ' ', '.x', '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', 'x'.repeat(101)])(
    'and %j is no name of a profile',
    (name) => {
      expect(() => checkProfileName(name)).toThrow(/cannot be the name/);
    },
  );
});
