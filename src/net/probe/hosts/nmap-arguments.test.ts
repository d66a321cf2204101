import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networksOf } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import { detectionOf, NMAP_TIMINGS, SCRIPT_SETS } from '#domain/scans/nmap-detection.js';
import { NMAP_SCAN_TYPES } from '#domain/scans/scan-type.js';
import { addressLines, type NmapOptions, nmapArguments } from '#net/probe/hosts/nmap-arguments.js';

const OPTIONS: NmapOptions = {
  detection: detectionOf('version'),
  packetsPerSecond: 1_000,
  packetsPerSecondPerHost: 40,
  family: 4,
  ports: PortSet.of({ tcp: [{ first: 22, last: 22 }] }),
  retries: 1,
  isPrivileged: true,
  targetsFile: '/tmp/x/targets',
  exclusionsFile: '/tmp/x/exclusions',
};
const argumentsOf = (changes: Partial<NmapOptions> = {}) => nmapArguments({ ...OPTIONS, ...changes });
const udp = PortSet.of({ udp: [{ first: 53, last: 53 }] });

describe('arguments', () => {
  it('say what is asked, how, and how fast', () => {
    expect(argumentsOf().join(' ')).toBe(
      '-oX - --no-stylesheet -n -Pn --disable-arp-ping --privileged -sS -sV --version-intensity 7 -p 22 -T3 ' +
        '--max-retries 1 --max-hostgroup 32 --max-rate 1000 --scan-delay 25ms -iL /tmp/x/targets --excludefile /tmp/x/exclusions',
    );
  });

  it('need raw packets for some', () => {
    expect(argumentsOf({ isPrivileged: false })).toEqual(
      expect.arrayContaining(['--unprivileged', '-sT', '-sV']),
    );
    const all = detectionOf('comprehensive');
    const aggressive = detectionOf('aggressive');
    expect(argumentsOf({ isPrivileged: false, detection: all })).not.toContain('-O');
    expect(argumentsOf({ isPrivileged: false, detection: aggressive })).not.toContain('--traceroute');
    expect(argumentsOf({ detection: aggressive })).toEqual(
      expect.arrayContaining(['-sV', '-O', '--traceroute', '--script']),
    );
    expect(argumentsOf({ detection: all })).toEqual(expect.arrayContaining(['-sS', '-sV', '-O']));
  });

  it('find out what is wished for, whatever the type has', () => {
    const idle = detectionOf('aggressive', { scripts: 'none', osDetection: false, versionIntensity: 0 });
    const shown = argumentsOf({ detection: idle }).join(' ');
    expect(shown).toContain('-sV --version-intensity 0');
    expect(shown).not.toMatch(/--script|-O|-A/);
    const more = argumentsOf({ detection: detectionOf('version', { scripts: 'safe', osDetection: true }) });
    expect(more).toContain('-O');
    expect(more[more.indexOf('--script') + 1]).toMatch(/^\(default or safe\) and not /);
  });

  it.each([
    ['paranoid', '-T0', '300000ms'],
    ['sneaky', '-T1', '15000ms'],
    ['polite', '-T2', '400ms'],
    ['normal', '-T3', '25ms'],
    ['aggressive', '-T4', '25ms'],
  ] as const)('are as patient as %s says, and never less than the rate', (timing, template, pause) => {
    const all = argumentsOf({ detection: detectionOf('version', { timing }) });
    expect(all).toContain(template);
    expect(all[all.indexOf('--scan-delay') + 1]).toBe(pause);
    const slow = argumentsOf({ detection: detectionOf('version', { timing }), packetsPerSecondPerHost: 1 });
    expect(Number.parseInt(slow[slow.indexOf('--scan-delay') + 1] ?? '', 10)).toBeGreaterThanOrEqual(1_000);
  });

  it('ask the protocols that are asked for', () => {
    expect(argumentsOf({ ports: udp })).toEqual(expect.arrayContaining(['-sU', '-p', 'U:53']));
    expect(argumentsOf({ ports: udp })).not.toContain('-sS');
    expect(argumentsOf({ family: 6 })).toContain('-6');
  });

  it('let no script speak to others', () => {
    for (const scripts of ['default', 'safe'] as const) {
      const all = argumentsOf({ detection: detectionOf('version', { scripts }) });
      expect(all[all.indexOf('--script') + 1]).toMatch(/ and not \(broadcast or external or /);
    }
    expect(argumentsOf()).not.toContain('--script');
  });

  it('hold no limit where there is none', () => {
    const free = argumentsOf({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined });
    expect(free).not.toContain('--max-rate');
    expect(free).not.toContain('--scan-delay');
    expect(free).toContain('-T4');
  });

  it('are words of ours, numbers, port lists and the two paths, whatever is ordered', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
      .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
    const anyOptions = fc.record({
      detection: fc.record({
        scanType: fc.constantFrom(...NMAP_SCAN_TYPES),
        timing: fc.option(fc.constantFrom(...NMAP_TIMINGS), { nil: undefined }),
        versionIntensity: fc.integer({ min: 0, max: 9 }),
        scripts: fc.constantFrom(...SCRIPT_SETS),
        osDetection: fc.boolean(),
      }),
      packetsPerSecond: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
      packetsPerSecondPerHost: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
      family: fc.constantFrom(4 as const, 6 as const),
      ports: fc
        .record({ tcp: fc.array(range, { minLength: 1 }), udp: fc.array(range) })
        .map((ports) => PortSet.of(ports)),
      retries: fc.integer(),
      isPrivileged: fc.boolean(),
      targetsFile: fc.string().map((text) => `/tmp/${text}`),
      exclusionsFile: fc.string().map((text) => `/tmp/${text}`),
    });
    fc.assert(
      fc.property(anyOptions, (options) => {
        const all = nmapArguments(options);
        const fixed = all.filter(
          (argument) => argument !== options.targetsFile && argument !== options.exclusionsFile,
        );
        for (const argument of fixed) {
          expect(argument).toMatch(
            /^(-|-[a-zA-Z6][a-zA-Z4]?|-T[0-4]|-Pn|--[a-z-]+|\d+(ms)?|[TU:\d,-]+|(default|\(default or safe\)) and not \([a-z*\- ]+\))$/,
          );
        }
        // A value never takes the place of an option.
        for (const option of ['-p', '-iL', '--excludefile', '--max-rate', '--scan-delay', '--max-retries'])
          if (all.includes(option)) expect(all[all.indexOf(option) + 1]).not.toMatch(/^-/);
      }),
    );
  });
});

describe('the files', () => {
  it('hold networks of one family', () => {
    const set = AddressSet.parse(['198.18.0.1-198.18.0.6', 'fd00::/126', '198.18.1.0/24']);
    expect(addressLines(set, 4)).toBe(
      '198.18.0.1\n198.18.0.2/31\n198.18.0.4/31\n198.18.0.6\n198.18.1.0/24\n',
    );
    expect(addressLines(set, 6)).toBe('fd00::/126\n');
  });

  it('hold every range exactly', () => {
    const values = fc.bigInt({ min: 0n, max: 0xffff_ffffn });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const range = { family: 4 as const, first: a < b ? a : b, last: a < b ? b : a };
        const networks = networksOf(range);
        expect(AddressSet.of(networks).ranges).toEqual([range]);
        expect(networks.length).toBeLessThanOrEqual(62);
        for (const { first, last } of networks) {
          const size = last - first + 1n;
          expect(size & (size - 1n)).toBe(0n);
          expect(first % size).toBe(0n);
        }
      }),
    );
  });
});
