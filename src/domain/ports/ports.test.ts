import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { DEFAULT_PORTS, DEFAULT_UDP_PORTS, MAX_PORT_ITEMS, parsePorts } from '#domain/ports/ports.js';
import { topPorts } from '#domain/ports/top-ports.js';

function errorOf(text: string): ScanoramaError {
  try {
    parsePorts(text);
  } catch (error) {
    if (error instanceof ScanoramaError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe('parsePorts reads', () => {
  test.each([
    ['22', '22'],
    ['22,80,8000-8100', '22,80,8000-8100'],
    ['80,22,80', '22,80'],
    ['80,81,82', '80-82'],
    ['1-10,5-20', '1-20'],
    ['-', '1-65535'],
    ['1-65535', '1-65535'],
    ['-1024', '1-1024'],
    ['60000-', '60000-65535'],
    ['65535', '65535'],
    ['7-7', '7'],
    ['T:22,U:53,80', 'T:22,U:53,80'],
    ['U:53,T:22', 'T:22,U:53'],
    ['22,U:53', 'T:22,U:53'],
    ['u:53,t:22', 'T:22,U:53'],
    ['U:53', 'U:53'],
    ['U:-', 'U:1-65535'],
    ['T:-,U:-', 'T:1-65535,U:1-65535'],
    [' 22 , 80 ', '22,80'],
    ['T: 22, U: 53', 'T:22,U:53'],
    ['ssh,http,https', '22,80,443'],
    ['SSH', '22'],
    ['ftp-data', '20'],
    ['dns,U:dns', 'T:53,U:53'],
    ['U:ntp,snmp', 'U:123,161'],
    ['80/tcp', '80'],
    ['22/TCP,8000-8010/tcp,https/tcp', '22,443,8000-8010'],
    ['53/udp,80', 'T:80,U:53'],
    ['U:53,80/tcp,123', 'T:80,U:53,123'],
    ['postgres,rdp,vnc', '3389,5432,5900'],
  ])('%j as %s', (text, expected) => {
    expect(parsePorts(text).toString()).toBe(expected);
  });

  test.each(['top-100', 'top:100', 'TOP-100', 'T:top-100'])('%s', (text) => {
    const set = parsePorts(text);
    expect(set.count).toBe(100);
    expect(topPorts('tcp', 100).every((port) => set.has('tcp', port))).toBe(true);
  });

  test('top ports of UDP, beside others', () => {
    const set = parsePorts('U:top-50,T:9');
    expect([set.count, set.has('udp', 53), set.has('tcp', 9)]).toEqual([51, true, true]);
  });

  test('the default', () => {
    const set = parsePorts(DEFAULT_PORTS);
    expect([set.count, set.udp.length]).toEqual([1_000, 0]);
  });
});

describe('parsePorts refuses', () => {
  test.each([
    ['', '', 'empty'],
    ['  ', '', 'empty'],
    [',', '', 'empty'],
    ['22,', '', 'empty'],
    ['22,,80', '', '"22,,80" has an empty item'],
    ['0', '0', 'port 0'],
    ['0-10', '0-10', 'port 0'],
    ['22,-0', '-0', 'port 0'],
    ['00', '00', 'port 0'],
    ['65536', '65536', 'above 65535'],
    ['1-65536', '1-65536', 'above 65535'],
    ['70000-', '70000-', 'above 65535'],
    ['99999999999999999999', '99999999999999999999', 'above 65535'],
    ['080', '080', 'leading zero'],
    ['1-09', '1-09', 'leading zero'],
    ['90-80', '90-80', 'backwards'],
    ['22,443-80', '443-80', 'backwards'],
    ['T:', 'T:', 'a protocol and no port'],
    ['22,U:', 'U:', 'a protocol and no port'],
    ['/tcp', '/tcp', 'a protocol and no port'],
    ['80/', '80/', 'not a known service'],
    ['0/tcp', '0/tcp', 'port 0'],
    ['80/sctp', '80/sctp', 'another protocol'],
    ['80/tcp/udp', '80/tcp/udp', 'another protocol'],
    ['redis/udp', 'redis/udp', 'TCP alone'],
    ['S:22', 'S:22', 'another protocol'],
    ['T:U:22', 'T:U:22', 'neither a port'],
    ['1-2-3', '1-2-3', 'not a known service'],
    ['--', '--', 'not a known service'],
    ['22 80', '22 80', 'neither a port'],
    ['22;80', '22;80', 'neither a port'],
    ['80.5', '80.5', 'not a known service'],
    ['1e3', '1e3', 'not a known service'],
    ['0x50', '0x50', 'not a known service'],
    ['+80', '+80', 'not a known service'],
    ['٨٠', '٨٠', 'neither a port'],
    ['nosuchservice', 'nosuchservice', 'not a known service'],
    ['constructor', 'constructor', 'not a known service'],
    ['__proto__', '__proto__', 'not a known service'],
    ['syslog', 'syslog', 'UDP alone'],
    ['U:redis', 'U:redis', 'TCP alone'],
    ['top-0', 'top-0', '1 to'],
    ['top-99999', 'top-99999', '1 to'],
    ['U:top:99999', 'U:top:99999', '1 to'],
    ['top-', 'top-', 'not a known service'],
    ['top--5', 'top--5', 'not a known service'],
    ['80\n,81\n82', '81�82', 'neither a port'],
    ['80\0', '80�', 'neither a port'],
  ])('%j at %j: %s', (text, at, part) => {
    const error = errorOf(text);
    expect(error.code).toBe('invalid_ports');
    expect(error.at).toBe(at);
    expect(error.message).toContain(part);
    expect(error.message).toMatch(/^.+\.$/);
    expect(error.hint).toMatch(/^.+\.$/);
  });

  test('more items than the bound', () => {
    expect(parsePorts('80,'.repeat(MAX_PORT_ITEMS - 1).concat('80')).toString()).toBe('80');
    expect(errorOf('80,'.repeat(MAX_PORT_ITEMS)).message).toContain(String(MAX_PORT_ITEMS));
  });

  test('100,000 characters', () => {
    for (const text of ['9'.repeat(100_000), 'a'.repeat(100_000), '-'.repeat(100_000), 'T:'.repeat(50_000)]) {
      expect(errorOf(text).message.length).toBeLessThan(250);
    }
    expect(parsePorts('top-1000,'.repeat(11_111).concat('1-65535')).count).toBe(65_535);
  });
});

test('any text is read or gives a ScanoramaError of one sentence', () => {
  const piece = fc.constantFrom(
    'T:',
    'U:',
    '/tcp',
    ',',
    '-',
    '80',
    '1',
    '65535',
    '65536',
    '0',
    'ssh',
    'top-',
    'top:',
    ' ',
    'http',
    ':',
  );
  const likely = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));
  let readable = 0;
  fc.assert(
    fc.property(fc.oneof(likely, fc.string({ unit: 'binary', maxLength: 30 })), (text) => {
      try {
        const set = parsePorts(text);
        readable++;
        expect(set.count).toBeGreaterThan(0);
        expect(parsePorts(set.toString()).toString()).toBe(set.toString());
      } catch (error) {
        if (!(error instanceof ScanoramaError)) throw error;
        expect(error.code).toBe('invalid_ports');
        expect(error.message).toMatch(/^.+\.$/);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(readable).toBeGreaterThan(50);
});

test('ports without a prefix are of the protocol that is meant', () => {
  expect(parsePorts('53,T:80,U:161', 'udp').toString()).toBe('T:80,U:53,161');
  expect(parsePorts(DEFAULT_UDP_PORTS, 'udp')).toMatchObject({ tcp: [], count: 80 });
});
