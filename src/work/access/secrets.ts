import { createHash, timingSafeEqual } from 'node:crypto';

/** Returns this many unpredictable bytes. */
export type RandomBytes = (bytes: number) => Uint8Array;

const SECRET_BYTES = 32;
const PREFIX_BYTES = 5;
const BASE32_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const BITS_PER_CHARACTER = 5;

const API_KEY_PATTERN = /^(scn_[a-z2-7]{8})_[a-z2-7]{52}$/;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

export interface ApiKeySecret {
  /** The readable beginning, by which the key is found: `scn_` and eight characters. */
  readonly prefix: string;
  /** The complete key, known only to its holder: the prefix, `_`, and 256 random bits as 52 characters. */
  readonly key: string;
}

export function makeApiKey(random: RandomBytes): ApiKeySecret {
  const prefix = `scn_${base32(random(PREFIX_BYTES))}`;
  return { prefix, key: `${prefix}_${base32(random(SECRET_BYTES))}` };
}

/** The prefix of a text in the form of a key; undefined for any other text. */
export function apiKeyPrefix(text: string): string | undefined {
  return API_KEY_PATTERN.exec(text)?.[1];
}

/** 256 random bits as base64url, for sessions and one-time links. */
export function makeToken(random: RandomBytes): string {
  return Buffer.from(random(SECRET_BYTES)).toString('base64url');
}

export function isToken(text: string): boolean {
  return TOKEN_PATTERN.test(text);
}

/** The stored form of a secret. Its 256 random bits cannot be guessed, so a fast hash is sufficient. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in constant time. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** RFC 4648 without padding, in lower case. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    for (; pendingBits >= BITS_PER_CHARACTER; pendingBits -= BITS_PER_CHARACTER) {
      text += BASE32_ALPHABET.charAt((pending >> (pendingBits - BITS_PER_CHARACTER)) & 31);
    }
    pending &= (1 << pendingBits) - 1;
  }
  if (pendingBits > 0) text += BASE32_ALPHABET.charAt((pending << (BITS_PER_CHARACTER - pendingBits)) & 31);
  return text;
}
