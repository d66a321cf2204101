import { describe, expect, it } from 'vitest';
import type { ProberSurvey } from '#scan/engine/prober.js';
import { patientRate, probingOf } from '#work/shards/scan-probing.js';

const survey = (nmap: ProberSurvey['available'][number]['protocols']): ProberSurvey => ({
  available: [{ name: 'nmap', protocols: nmap }],
  missing: [],
  facts: {
    where: 'own-process',
    nodePath: '/usr/bin/node',
    nodeVersion: 'v24.0.0',
    platform: 'linux',
    rawPackets: true,
    liveHosts: true,
    descriptorLimit: null,
    nmapVersion: '7.95',
  },
});
const ROOT = survey(['tcp', 'udp']);
const USER = survey(['tcp']);

describe('how a scan probes', () => {
  it('is whole: what nobody said is as usual', () => {
    expect(probingOf({ retries: 0 }, { engine: 'syn', scanType: 'auto' }, ROOT)).toMatchObject({
      retries: 0,
      timeoutMs: 900,
      concurrency: null,
      scripts: null,
      osDetection: null,
      enrich: ['ssh', 'tls'],
    });
    expect(probingOf({ enrich: [] }, { engine: 'connect', scanType: 'connect' }, ROOT).enrich).toEqual([]);
    expect(probingOf({}, { engine: 'udp', scanType: 'udp' }, ROOT).enrich).toBeNull();
    expect(probingOf({}, { engine: 'nmap', scanType: 'comprehensive' }, ROOT)).toEqual({
      retries: 1,
      timeoutMs: null,
      concurrency: null,
      timing: null,
      versionIntensity: 7,
      scripts: 'safe',
      osDetection: true,
      enrich: null,
    });
  });

  it('counts connections where there are some', () => {
    expect(probingOf({}, { engine: 'connect', scanType: 'auto' }, ROOT)).toMatchObject({
      concurrency: 1_000,
    });
  });

  it('holds no connection beyond the second in which the kernel is silent, whichever way it came to be one', () => {
    const input = { timeoutMs: 2_000 };
    expect(probingOf(input, { engine: 'syn', scanType: 'auto' }, ROOT)).toMatchObject({ timeoutMs: 2_000 });
    for (const scanType of ['auto', 'udp', 'connect'] as const)
      expect(() => probingOf(input, { engine: 'connect', scanType }, ROOT)).toThrow(/900 ms at most/);
  });

  it('tells systems where nmap may, goes without where it may not, and says so when it was asked to', () => {
    const nmap = { engine: 'nmap', scanType: 'aggressive' } as const;
    expect(probingOf({}, nmap, ROOT).osDetection).toBe(true);
    expect(probingOf({}, nmap, USER).osDetection).toBe(false);
    expect(probingOf({ osDetection: false }, nmap, USER).osDetection).toBe(false);
    expect(() => probingOf({ osDetection: true }, nmap, USER)).toThrow(/raw packets/);
  });

  it('is as slow as nmap is patient', () => {
    expect(patientRate({ timing: 'polite' })).toBe(2.5);
    expect(patientRate({ timing: 'aggressive' })).toBeUndefined();
    expect(patientRate({ timing: null })).toBeUndefined();
  });
});
