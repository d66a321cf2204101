import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { MAX_SCRIPT_OUTPUT_CHARACTERS } from '#report/nmap/nmap-host-builder.js';
import type { NmapHost } from '#report/nmap/nmap-types.js';
import { type NmapEnding, NmapReader } from '#report/nmap/nmap-xml.js';
import { MAX_ATTRIBUTES, MAX_DEPTH, MAX_TOKEN_CHARACTERS } from '#report/text/bounded-xml.js';
import { repetitions } from '../../../test/support/repetitions.ts';
import { OLD, TWO_HOSTS } from '../fixtures/report-text.ts';

interface Read {
  readonly hosts: readonly NmapHost[];
  readonly ending: NmapEnding;
}

function read(text: string, pieceCharacters = text.length || 1): Read {
  const reader = new NmapReader();
  const hosts: NmapHost[] = [];
  for (let first = 0; first < text.length; first += pieceCharacters)
    hosts.push(...reader.write(text.slice(first, first + pieceCharacters)));
  return { hosts, ending: reader.end() };
}

const faultOf = (text: string) => read(text).ending.fault;
const run = (body: string) => `<nmaprun scanner="nmap" version="7.93" start="1700000000">${body}</nmaprun>`;
const host = (body: string) => run(`<host>${body}</host>`);

describe('a whole report', () => {
  const { hosts, ending } = read(TWO_HOSTS);
  const [one, two] = hosts;

  it('contains its run and its end', () => {
    expect(ending).toEqual({
      run: {
        scanner: 'nmap',
        version: '7.93',
        args: 'nmap -sV -O -p 22,80,443,8080 198.18.0.0/30',
        startedAtMs: 1_700_000_000_000,
        scans: [{ type: 'syn', protocol: 'tcp', services: '22,80,443,8080' }],
      },
      finished: {
        atMs: 1_700_000_010_000,
        exit: 'success',
        error: undefined,
        hostsUp: 1,
        hostsDown: 1,
        hostsTotal: 2,
      },
      hosts: 2,
      fault: undefined,
    });
  });

  it('gives each host with what was found of it, and no hint', () => {
    expect(hosts).toHaveLength(2);
    expect(one).toMatchObject({
      state: 'up',
      reason: 'arp-response',
      startedAtMs: 1_700_000_001_000,
      endedAtMs: 1_700_000_009_000,
      addresses: [
        { address: '198.18.0.1', type: 'ipv4', vendor: undefined },
        { address: '02:00:00:00:00:01', type: 'mac', vendor: 'Test & Co' },
      ],
      hostnames: [
        { name: 'one.example', type: 'user' },
        { name: 'one.lan', type: 'PTR' },
      ],
      extraPorts: [
        {
          state: 'closed',
          count: 1,
          reasons: [{ reason: 'reset', count: 1, protocol: 'tcp', ports: '8080' }],
        },
      ],
      scripts: [{ id: 'host-note', output: 'all well' }],
      osMatches: [
        {
          name: 'Linux 5.0 - 5.5',
          accuracy: 100,
          classes: [
            { family: 'Linux', generation: '5.X', accuracy: 100, cpe: ['cpe:/o:linux:linux_kernel:5'] },
          ],
        },
      ],
      uptimeSeconds: 4_000,
      distanceHops: 1,
      smoothedRoundTripMicroseconds: 88,
    });
    expect(two).toMatchObject({ state: 'down', ports: [], startedAtMs: undefined });
  });

  it('gives each port with its service and its scripts', () => {
    expect(one?.ports.map(({ port, state, reason }) => [port, state, reason])).toEqual([
      [22, 'open', 'syn-ack'],
      [80, 'filtered', 'no-response'],
      [443, 'open', 'syn-ack'],
    ]);
    expect(one?.ports[0]).toMatchObject({
      service: {
        name: 'ssh',
        product: 'OpenSSH',
        version: '9.2p1',
        extraInfo: 'protocol 2.0',
        osType: 'Linux',
        method: 'probed',
        confidence: 10,
        cpe: ['cpe:/a:openbsd:openssh:9.2p1', 'cpe:/o:linux:linux_kernel'],
      },
      scripts: [{ id: 'ssh-hostkey', output: '\n  256 aa' }],
    });
    expect(one?.ports[2]?.service).toMatchObject({ product: 'nginx', tunnel: 'ssl', cpe: [] });
  });

  it('reads what version 5 wrote', () => {
    const [old] = read(OLD).hosts;
    expect(old).toMatchObject({
      addresses: [{ address: 'fd00::1', type: 'ipv6' }],
      osMatches: [
        { name: undefined, accuracy: 96, classes: [{ family: 'embedded' }] },
        { name: undefined, accuracy: 90, classes: [{ family: 'Linux' }] },
        { name: 'A thing', accuracy: 96, classes: [] },
      ],
    });
  });

  it('returns an error that the scanner reports as a fault', () => {
    const { ending: failed } = read(
      run('<runstats><finished time="1" exit="error" errormsg="no route"/></runstats>'),
    );
    expect(failed.fault).toMatchObject({
      reason: 'scanner-failed',
      message: 'The scanner gave up: no route',
    });
  });
});

describe('a report that is cut off or broken', () => {
  const complete = read(TWO_HOSTS);
  const endOfFirst = TWO_HOSTS.indexOf('</host>') + '</host>'.length;

  it('keeps the complete hosts, wherever it is cut', () => {
    for (let length = 1; length < TWO_HOSTS.trimEnd().length; length += 1) {
      let part: Read;
      try {
        part = read(TWO_HOSTS.slice(0, length), 97);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_report' });
        expect(length).toBeLessThanOrEqual(TWO_HOSTS.indexOf('<scaninfo'));
        continue;
      }
      expect(part.ending.fault?.reason).toBe('truncated');
      expect(part.hosts).toEqual(complete.hosts.slice(0, part.hosts.length));
      expect(part.hosts.length > 0).toBe(length >= endOfFirst);
      expect(part.ending.hosts).toBe(part.hosts.length);
    }
  });

  it('returns the position where it is broken', () => {
    const broken = TWO_HOSTS.replace('<host><status state="down"', '<host><status state=down');
    const { hosts, ending } = read(broken);
    expect(hosts).toHaveLength(1);
    const line = TWO_HOSTS.slice(0, TWO_HOSTS.indexOf('<host><status state="down"')).split('\n').length;
    expect(ending.fault).toMatchObject({
      reason: 'malformed',
      message: 'The XML is broken: unquoted attribute value.',
      line,
    });
    expect(ending.fault?.column).toBeGreaterThan(10);
  });

  it('is read the same in pieces of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) => {
        expect(read(TWO_HOSTS, size)).toEqual(complete);
      }),
    );
  });

  it('gives a value or the typed error, whatever was changed in it', () => {
    const change = fc.record({
      at: fc.nat({ max: TWO_HOSTS.length - 1 }),
      length: fc.nat({ max: 40 }),
      text: fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.constantFrom('<', '>', '&', '"', '\0', '</host>', '<host>', ']]>', '<!--', '&#0;', '\ud800'),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        let text = TWO_HOSTS;
        for (const { at, length, text: put } of changes)
          text = text.slice(0, at) + put + text.slice(at + length);
        try {
          const { hosts, ending } = read(text, 211);
          expect(ending.hosts).toBe(hosts.length);
          expect(JSON.stringify(hosts)).not.toContain(String.raw`\u0000`);
        } catch (error) {
          if (!(error instanceof ScanoramaError)) throw error;
          expect(error.code).toBe('invalid_report');
        }
      }),
      { numRuns: repetitions(600, 30_000) },
    );
  });

  it('gives a value or the typed error for anything at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (text) => {
        expect(() => read(text)).toThrow(ScanoramaError);
      }),
    );
  });
});

describe('what is refused', () => {
  it.each([
    ['nothing', '', /must contain a root element/],
    ['white space', ' \n', /must contain a root element/],
    ['text', 'Starting Nmap 7.93', /text data outside of root/],
    ['another document', '<root><host/></root>', /first element is "root"/],
    ['an external entity', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///x">]><nmaprun>&e;</nmaprun>', /declares/],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY e "ha">]><nmaprun>&e;</nmaprun>', /declares/],
  ])('%s', (_what, text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'invalid_report', message: expect.stringMatching(message) }),
    );
  });

  it('is no document type that only names itself', () => {
    const named =
      '<!DOCTYPE nmaprun PUBLIC "-//IDN nmap.org//DTD Nmap XML 1.04//EN" "https://example.org/nmap.dtd">';
    expect(read(named + host('')).ending).toMatchObject({ hosts: 1, fault: undefined });
  });

  it('is an undeclared entity', () => {
    const { hosts, ending } = read(run('<host></host><host><status state="&e;"/></host>'));
    expect(hosts).toHaveLength(1);
    expect(ending.fault?.message).toMatch(/undefined entity/);
  });
});

describe('bounds', () => {
  it('hold for depth, attributes and tokens', () => {
    expect(faultOf(host('<a>'.repeat(MAX_DEPTH)))).toMatchObject({ reason: 'too-large' });
    const many = Array.from({ length: MAX_ATTRIBUTES + 1 }, (_, index) => `a${index}=""`).join(' ');
    expect(faultOf(host(`<status ${many}/>`))).toMatchObject({ reason: 'too-large' });
    const long = 'x'.repeat(MAX_TOKEN_CHARACTERS + 100_000);
    expect(faultOf(host(`<status state="${long}"/>`))).toMatchObject({ reason: 'too-large' });
    expect(faultOf(run(`<!--${long}-->`))).toMatchObject({ reason: 'too-large' });
  });

  it('cut what a script printed', () => {
    const output = 'y'.repeat(MAX_SCRIPT_OUTPUT_CHARACTERS * 2);
    const [only] = read(host(`<hostscript><script id="s" output="${output}"/></hostscript>`)).hosts;
    expect(only?.scripts[0]?.output).toHaveLength(MAX_SCRIPT_OUTPUT_CHARACTERS);
  });

  it.each([
    ['70000', undefined],
    ['-1', undefined],
    ['http', undefined],
    ['0', 0],
    ['65535', 65_535],
  ])('of port numbers: %s', (portid, port) => {
    const [only] = read(host(`<ports><port protocol="tcp" portid="${portid}"/></ports>`)).hosts;
    expect(only?.ports[0]?.port).toBe(port);
  });
});

it('keeps text that a database can store, whatever control characters nmap met', () => {
  const [only] = read(host('<hostnames><hostname name="a&#x0;b&#x1b;c\0d&#xd800;"/></hostnames>')).hosts;
  const name = only?.hostnames[0]?.name ?? '';
  expect(name).not.toContain('\0');
  expect(name.isWellFormed()).toBe(true);
  expect(name).toMatch(/^a.*b.*c.*d/);
});

it('leaves what stands inside a script alone', () => {
  const inner =
    '<script id="s" output="o"><table><elem key="state">x</elem></table><port portid="9"/><cpe>no</cpe></script>';
  const [only] = read(
    host(`<ports><port protocol="tcp" portid="1"><state state="open"/>${inner}</port></ports>`),
  ).hosts;
  expect(only?.ports).toHaveLength(1);
});
