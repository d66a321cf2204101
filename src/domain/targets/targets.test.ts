import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { REFUSED_ADDRESSES } from '#domain/addresses/refused-ranges.js';
import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { MAX_TARGET_TEXTS, parseExclusions, parseTargetFile, parseTargets } from '#domain/targets/targets.js';

function errorOf(run: () => unknown): ScanoramaError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScanoramaError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function expectOneSentence(message: string): void {
  expect(message).toMatch(/^.+\.$/);
  expect(message).not.toMatch(/[\r\n\0]/);
}

describe('parseTargets reads', () => {
  test.each([
    ['198.18.0.1', ['198.18.0.1']],
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['::1']],
    ['[::1]', ['::1']],
    ['FD00::1', ['fd00::1']],
    ['198.18.0.1-40', ['198.18.0.1-198.18.0.40']],
    ['198.18.0.1-1', ['198.18.0.1']],
    ['198.18.0.1-198.18.2.9', ['198.18.0.1-198.18.2.9']],
    ['fd00::1-fd00::ff', ['fd00::1-fd00::ff']],
    ['198.18.0.0/24', ['198.18.0.0/24']],
    ['198.18.0.5/24', ['198.18.0.0/24']],
    ['198.18.0.5/32', ['198.18.0.5']],
    ['fd00::/120', ['fd00::/120']],
    ['fd00::ab/120', ['fd00::/120']],
    ['fd00::/8', ['fd00::/8']],
    ['198.18.0-1.1-2', ['198.18.0.1-198.18.0.2', '198.18.1.1-198.18.1.2']],
    ['198.18.0-1.0-255', ['198.18.0.0/23']],
    ['::ffff:198.18.0.1', ['198.18.0.1']],
    ['[::ffff:c612:1]', ['198.18.0.1']],
    ['::ffff:198.18.0.0/120', ['198.18.0.0/24']],
    ['::ffff:198.18.0.1-::ffff:198.18.0.3', ['198.18.0.1-198.18.0.3']],
    ['198.18.0.1,198.18.0.2', ['198.18.0.1-198.18.0.2']],
    [' 198.18.0.1 , fd00::1\t', ['198.18.0.1', 'fd00::1']],
  ])('%j', (raw, expected) => {
    const { addresses, names } = parseTargets([raw]);
    expect(addresses.toTexts()).toEqual(expected);
    expect(names).toEqual([]);
  });

  test('names in lower case, each once, in order', () => {
    const { addresses, names } = parseTargets([
      'Router.Example,db-1',
      'my_host.example',
      'DB-1',
      '3com',
      'a.b2',
      '4.Example',
      '198.18.0.1.dns.example',
      '198.18.0.1',
    ]);
    expect(names).toEqual([
      'router.example',
      'db-1',
      'my_host.example',
      '3com',
      'a.b2',
      '4.example',
      '198.18.0.1.dns.example',
    ]);
    expect(addresses.toTexts()).toEqual(['198.18.0.1']);
  });

  test('names of stored networks as they are written, each once, apart from the others', () => {
    const { addresses, names, networks } = parseTargets([
      'network:Main Office, network:10',
      'network:10',
      'office',
    ]);
    expect(networks).toEqual(['Main Office', '10']);
    expect(names).toEqual(['office']);
    expect(addresses.size).toBe(0n);
    expect(errorOf(() => parseTargets(['network:']))).toMatchObject({ code: 'invalid_target' });
    expect(errorOf(() => parseExclusions(['network:office']))).toMatchObject({ code: 'invalid_target' });
  });

  test('the longest labels and names', () => {
    const label = 'a'.repeat(63);
    const name = [label, label, label, 'b'.repeat(61)].join('.');
    expect(name).toHaveLength(253);
    expect(parseTargets([name]).names).toEqual([name]);
  });

  test('a huge network without expanding it', () => {
    expect(parseTargets(['fd00::/8']).addresses.size).toBe(1n << 120n);
  });

  test('nothing from no words', () => {
    expect(parseTargets([])).toEqual({ addresses: AddressSet.EMPTY, names: [], networks: [] });
  });
});

describe('parseTargets refuses', () => {
  const REFUSED: readonly (readonly [raw: string, code: ErrorCode, part: string])[] = [
    ['', 'invalid_target', 'empty'],
    ['   ', 'invalid_target', 'empty'],
    ['198.18.0.1,', 'invalid_target', 'empty'],
    [',198.18.0.1', 'invalid_target', 'empty'],
    ['198.18.0.1,,198.18.0.2', 'invalid_target', 'empty'],
    ['-p', 'invalid_target', 'option'],
    ['--ports=80', 'invalid_target', 'option'],
    ['-1.2.3.4', 'invalid_target', 'option'],
    ['@hosts.txt', 'invalid_target', 'file'],
    ['198.18.0.1,@hosts.txt', 'invalid_target', 'file'],
    ['198.18.0.1 198.18.0.2', 'invalid_target', 'white space'],
    ['a\nb.', 'invalid_target', 'white space'],
    ['a\0b', 'invalid_target', 'control'],
    ['http://198.18.0.1/', 'invalid_target', 'URL'],
    ['fe80::1%eth0', 'invalid_target', 'zones are not supported yet'],
    ['[fe80::1%2]', 'invalid_target', 'zone'],
    ['198.18.0.*', 'invalid_target', 'wildcard'],
    ['*.example', 'invalid_target', 'wildcard'],
    ['münchen.example', 'invalid_target', 'ASCII'],
    ['١٢٧.0.0.1', 'invalid_target', 'ASCII'],
    ['256.1.1.1', 'invalid_target', 'above 255'],
    ['198.18.0.1-256', 'invalid_target', 'above 255'],
    ['127.1', 'invalid_target', 'four octets'],
    ['127', 'invalid_target', 'four octets'],
    ['2130706433', 'invalid_target', 'four octets'],
    ['1.2.3.4.5', 'invalid_target', 'four octets'],
    ['1.2.3.4.', 'invalid_target', 'four octets'],
    ['10-20', 'invalid_target', 'four octets'],
    ['127.0.0.01', 'invalid_target', 'leading zero'],
    ['0177.0.0.1', 'invalid_target', 'leading zero'],
    ['198.18.0.00-9', 'invalid_target', 'leading zero'],
    ['0x7f.1', 'invalid_target', 'end in a number'],
    ['0x7f.0.0.0x1', 'invalid_target', 'end in a number'],
    ['0x7f000001', 'invalid_target', 'end in a number'],
    ['host.10', 'invalid_target', 'end in a number'],
    ['198.18.7.1x', 'invalid_target', 'begins like an address'],
    ['198.18.7.1O', 'invalid_target', 'begins like an address'],
    ['198.18.7.x', 'invalid_target', 'begins like an address'],
    ['198.18.7x', 'invalid_target', 'begins like an address'],
    ['198.18.7.1-4O', 'invalid_target', 'begins like an address'],
    ['198.18.0-3.1_', 'invalid_target', 'begins like an address'],
    ['198.18.7.1.1x', 'invalid_target', 'begins like an address'],
    ['198.18..1', 'invalid_target', 'neither a number'],
    ['198.18.0.-', 'invalid_target', 'neither a number'],
    ['198.18.0.5-', 'invalid_target', 'neither a number'],
    ['198.18.0.1-2-3', 'invalid_target', 'neither a number'],
    ['198.18.0.40-1', 'invalid_target', 'backwards'],
    ['198.18.2.0-198.18.0.0', 'invalid_target', 'backwards'],
    ['fd00::2-fd00::1', 'invalid_target', 'backwards'],
    ['198.18.0.1-198.18.0.256', 'invalid_target', 'whole address'],
    ['fd00::1-ff', 'invalid_target', 'whole address'],
    ['fd00::1-fd00::2-fd00::3', 'invalid_target', 'whole address'],
    ['198.18.0.1-fd00::1', 'invalid_target', 'one address family to another'],
    ['198.0-255.0-255.1-10', 'invalid_target', 'separate ranges'],
    ['198.18.0.0/33', 'invalid_target', '0 to 32'],
    ['198.18.0.0/', 'invalid_target', '0 to 32'],
    ['198.18.0.0/024', 'invalid_target', '0 to 32'],
    ['198.18.0.0/255.255.255.0', 'invalid_target', '0 to 32'],
    ['fd00::/129', 'invalid_target', '0 to 128'],
    ['198.18.0.0/24/24', 'invalid_target', 'not a network'],
    ['198.18.0/24', 'invalid_target', 'not a network'],
    ['host.example/24', 'invalid_target', 'not a network'],
    ['[fd00::]/120', 'invalid_target', 'brackets'],
    ['[127.0.0.1]', 'invalid_target', 'brackets'],
    ['[::1', 'invalid_target', 'brackets'],
    ['[]', 'invalid_target', 'brackets'],
    ['[::1]:80', 'invalid_target', 'port'],
    ['198.18.0.1:80', 'invalid_target', 'port'],
    ['host.example:443', 'invalid_target', 'port'],
    ['1:2:3', 'invalid_target', 'not an IPv6 address'],
    ['::12345', 'invalid_target', 'not an IPv6 address'],
    [':::', 'invalid_target', 'not an IPv6 address'],
    ['host..example', 'invalid_target', 'before or after a dot'],
    ['.example', 'invalid_target', 'before or after a dot'],
    ['host.example.', 'invalid_target', 'before or after a dot'],
    ['host-.example', 'invalid_target', 'hyphen'],
    ['host.-example', 'invalid_target', 'hyphen'],
    ['host!', 'invalid_target', 'neither an address nor a name'],
    ['a;reboot', 'invalid_target', 'neither an address nor a name'],
    [`${'a'.repeat(64)}.example`, 'invalid_target', '63'],
    [`${'a.'.repeat(126)}ab`, 'invalid_target', '253'],
    ['0.0.0.0', 'target_refused', '0.0.0.0/8'],
    ['0.0.0.0/0', 'target_refused', '0.0.0.0/8'],
    ['128.0.0.0/1', 'target_refused', '224.0.0.0/4'],
    ['224.0.0.251', 'target_refused', '224.0.0.0/4'],
    ['223.255.255.0-224.0.0.0', 'target_refused', '224.0.0.0/4'],
    ['223-224.0.0.1', 'target_refused', '224.0.0.0/4'],
    ['240.0.0.1', 'target_refused', '240.0.0.0/4'],
    ['255.255.255.255', 'target_refused', '255.255.255.255'],
    ['::', 'target_refused', '::'],
    ['::/0', 'target_refused', '::'],
    ['::/127', 'target_refused', '::'],
    ['ff02::1', 'target_refused', 'ff00::/8'],
    ['fe00::/7', 'target_refused', 'ff00::/8'],
    ['::ffff:224.0.0.1', 'target_refused', '224.0.0.0/4'],
    ['::fffe:0:0/95', 'target_refused', '::ffff:0.0.0.0/96'],
    ['::1-fd00::', 'target_refused', '::ffff:0.0.0.0/96'],
  ];

  test.each(REFUSED)('%j with %s: %s', (raw, code, part) => {
    const error = errorOf(() => parseTargets(['198.18.0.9', raw]));
    expect(error.code).toBe(code);
    expect(error.message).toContain(part);
    expectOneSentence(error.message);
    expectOneSentence(error.hint ?? '');
    expect(error.message.length).toBeLessThan(250);
  });

  test('the offending word of a list is named', () => {
    expect(errorOf(() => parseTargets(['198.18.0.1,256.1.1.1,::1'])).at).toBe('256.1.1.1');
    expect(errorOf(() => parseTargets(['198.18.0.1', '::1,224.0.0.1'])).at).toBe('224.0.0.1');
  });

  test('more words than the bound, however they come', () => {
    const texts = Array.from({ length: MAX_TARGET_TEXTS }, () => '198.18.0.1');
    expect(parseTargets(texts).addresses.size).toBe(1n);
    expect(errorOf(() => parseTargets([...texts, '198.18.0.1'])).message).toContain(String(MAX_TARGET_TEXTS));
    expect(errorOf(() => parseTargets([[...texts, '198.18.0.1'].join(',')])).message).toContain(
      String(MAX_TARGET_TEXTS),
    );
  });

  test('more octet ranges than the bound', () => {
    const texts = Array.from({ length: 257 }, (_, at) => `198.${at % 256}.0-255.1-10`);
    expect(errorOf(() => parseTargets(texts)).message).toContain('address ranges');
  });

  test('100,000 characters, in a word and as words', () => {
    expect(errorOf(() => parseTargets(['a'.repeat(100_000)])).message.length).toBeLessThan(250);
    expect(errorOf(() => parseTargets([','.repeat(100_000)])).code).toBe('invalid_target');
    expect(errorOf(() => parseTargets(['1.'.repeat(50_000)])).code).toBe('invalid_target');
    expect(errorOf(() => parseTargets([':'.repeat(100_000)])).code).toBe('invalid_target');
  });
});

describe('parseExclusions', () => {
  test('takes what is refused as a target', () => {
    const texts = ['224.0.0.0/4', '0.0.0.0/0', '::/0'];
    expect(parseExclusions(texts).toTexts()).toEqual(['0.0.0.0/0', '::/0']);
    expect(parseExclusions(['198.18.0.1-3,fd00::/8']).toTexts()).toEqual([
      '198.18.0.1-198.18.0.3',
      'fd00::/8',
    ]);
  });

  test('an IPv4-mapped exclusion holds for the IPv4 address', () => {
    expect(parseExclusions(['::ffff:198.18.0.1']).contains({ family: 4, value: 0xc612_0001n })).toBe(true);
    expect(parseExclusions(['::ffff:0.0.0.0/96']).toTexts()).toEqual(['0.0.0.0/0']);
  });

  test('refuses names', () => {
    const error = errorOf(() => parseExclusions(['198.18.0.1,router.example']));
    expect(error).toMatchObject({ code: 'invalid_target', at: 'router.example' });
    expectOneSentence(error.message);
    expect(error.hint).toContain('Resolve');
  });
});

describe('parseTargetFile', () => {
  test.each([
    ['', []],
    ['\uFEFF198.18.0.1\r\n198.18.0.2\r198.18.0.3\n', ['198.18.0.1', '198.18.0.2', '198.18.0.3']],
    ['198.18.0.1, 198.18.0.2,,\t::1', ['198.18.0.1', '198.18.0.2', '::1']],
    ['# all of it\n198.18.0.1 # the first, 198.18.0.9\n#198.18.0.2', ['198.18.0.1']],
    ['-p @x', ['-p', '@x']],
  ])('%j', (text, expected) => {
    expect(parseTargetFile(text)).toEqual(expected);
  });

  test('refuses what is not text', () => {
    const error = errorOf(() => parseTargetFile('1\x009\x008\0'));
    expect(error).toMatchObject({ code: 'file_unreadable', at: 'character 2' });
    expectOneSentence(error.message);
  });

  test('refuses more words than the bound', () => {
    expect(parseTargetFile('a '.repeat(MAX_TARGET_TEXTS))).toHaveLength(MAX_TARGET_TEXTS);
    expect(errorOf(() => parseTargetFile('a '.repeat(MAX_TARGET_TEXTS + 1))).code).toBe('invalid_target');
  });
});

describe('properties', () => {
  const piece = fc.constantFrom(
    '198.18',
    '.0',
    '.1',
    '-',
    '/',
    ':',
    '::',
    'fd00',
    '[',
    ']',
    ',',
    '24',
    '0',
    '255',
    '256',
    'a',
    '_',
    '%',
    ' ',
    '@',
    '*',
  );
  const likely = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const texts = fc.array(fc.oneof(likely, fc.string({ unit: 'binary', maxLength: 40 })), { maxLength: 4 });

  test('any words parse or give a ScanoramaError of one sentence', () => {
    fc.assert(
      fc.property(texts, (given) => {
        for (const parse of [parseTargets, parseExclusions]) {
          try {
            parse(given);
          } catch (error) {
            if (!(error instanceof ScanoramaError)) throw error;
            expect(['invalid_target', 'target_refused']).toContain(error.code);
            expectOneSentence(error.message);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('what parses never touches a refused range', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const network = fc.tuple(octet, octet, octet, octet, fc.integer({ min: 1, max: 32 }));
    fc.assert(
      fc.property(network, ([a, b, c, d, prefixBits]) => {
        const raw = `${a}.${b}.${c}.${d}/${prefixBits}`;
        const overlap = parseExclusions([raw]).intersect(REFUSED_ADDRESSES).size;
        if (overlap > 0n) expect(errorOf(() => parseTargets([raw])).code).toBe('target_refused');
        else expect(parseTargets([raw]).addresses.toTexts()).toEqual(parseExclusions([raw]).toTexts());
      }),
    );
  });

  test('canonical words are read back as the same set', () => {
    const value = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, fc.boolean()), { maxLength: 5 }), (pairs) => {
        const set = AddressSet.of(
          pairs.map(([a, b, isIpv4]) => {
            const [x, y] = isIpv4 ? [a >> 96n, b >> 96n] : [a, b];
            return { family: isIpv4 ? 4 : 6, first: x < y ? x : y, last: x < y ? y : x };
          }),
        );
        expect(parseExclusions(set.toTexts()).toTexts()).toEqual(set.toTexts());
      }),
    );
  });

  test('any text of a file gives words without separators or a ScanoramaError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        if (text.includes('\0')) expect(errorOf(() => parseTargetFile(text)).code).toBe('file_unreadable');
        else for (const raw of parseTargetFile(text)) expect(raw).toMatch(/^[^\s,#]+$/);
      }),
    );
  });
});
