import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  apiKeyPrefix,
  hashSecret,
  isSameHash,
  isToken,
  makeApiKey,
  makeToken,
} from '#work/access/secrets.js';

const from = (bytes: Uint8Array) => (count: number) => bytes.subarray(0, count);

test('a key writes its random bits in base32 of RFC 4648', () => {
  const text = new TextEncoder().encode('foobarfoobarfoobarfoobarfoobarfo');
  expect(makeApiKey(from(text)).key).toBe(
    'scn_mzxw6ytb_mzxw6ytbojtg633cmfzgm33pmjqxeztpn5rgc4tgn5xweylsmzxq',
  );
});

test('every bit of 256 counts', () => {
  const zeros = new Uint8Array(32);
  const keys = new Set([makeApiKey(from(zeros)).key]);
  for (let bit = 0; bit < 256; bit += 1) {
    const bytes = new Uint8Array(32);
    bytes[bit >> 3] = 1 << (bit & 7);
    keys.add(makeApiKey((count) => (count === 32 ? bytes : zeros.subarray(0, count))).key);
  }
  expect(keys.size).toBe(257);
});

test('a key has its form, and its prefix is found in it', () => {
  const { prefix, key } = makeApiKey((bytes) => randomBytes(bytes));
  expect(key).toMatch(/^scn_[a-z2-7]{8}_[a-z2-7]{52}$/);
  expect(apiKeyPrefix(key)).toBe(prefix);
});

test.each([
  '',
  'scn_',
  'scn_abcdefgh',
  `scn_abcdefgh_${'a'.repeat(51)}`,
  `scn_abcdefgh_${'a'.repeat(53)}`,
  `SCN_abcdefgh_${'a'.repeat(52)}`,
  `scn_abcdefg1_${'a'.repeat(52)}`,
  `scn_abcdefgh_${'a'.repeat(52)}\n`,
])('is no key: %j', (text) => expect(apiKeyPrefix(text)).toBeUndefined());

test('a token is 256 bits of base64url', () => {
  const token = makeToken((bytes) => randomBytes(bytes));
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(isToken(token)).toBe(true);
  for (const text of ['', token.slice(1), `${token}a`, `${token}\n`, `${token.slice(1)}=`])
    expect(isToken(text)).toBe(false);
});

test('hashes are SHA-256 and compare by value, also of unlike length', () => {
  expect(hashSecret('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(isSameHash(hashSecret('a'), hashSecret('a'))).toBe(true);
  expect(isSameHash(hashSecret('a'), hashSecret('b'))).toBe(false);
  expect(isSameHash(hashSecret('a'), Buffer.alloc(0))).toBe(false);
});
