import { describe, expect, it } from 'vitest';
import { createUid, isUid } from '#domain/errors/uid.js';

describe('createUid', () => {
  it('makes version 7 uids that sort by time', () => {
    const early = createUid(1_000, new Uint8Array(10).fill(255));
    const late = createUid(1_001, new Uint8Array(10));
    expect(early).toBe('00000000-03e8-7fff-bfff-ffffffffffff');
    expect(late).toBe('00000000-03e9-7000-8000-000000000000');
    expect(early < late).toBe(true);
    expect(isUid(early)).toBe(true);
  });

  it('refuses too little randomness', () => {
    expect(() => createUid(0, new Uint8Array(9))).toThrow(RangeError);
  });
});
