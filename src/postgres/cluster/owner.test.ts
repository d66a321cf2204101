import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PRIVATE_UIDS, parseGroupIds, parsePasswd, privateOwner } from '#postgres/cluster/owner.js';

test('reads accounts and passes over what is none', () => {
  const text = 'root:x:0:0:root:/root:/bin/sh\n# a comment\n+::::::\nnobody:x:65534:65533::/:/bin/false\n';
  expect(parsePasswd(text)).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'nobody', uid: 65_534, gid: 65_533 },
  ]);
});

test('reads the ids of groups', () => {
  expect(parseGroupIds('root:x:0:\n\nusers:x:100:ann,bob\nbroken\n')).toEqual(new Set([0, 100]));
});

test('a private owner is in its range, is used by no account, and stays the same', () => {
  const id = fc.integer({ min: PRIVATE_UIDS.first, max: PRIVATE_UIDS.last });
  const account = fc.record({ name: fc.string(), uid: id, gid: id });
  fc.assert(
    fc.property(fc.string(), fc.array(account), fc.array(id), (key, accounts, groups) => {
      const taken = new Set([...groups, ...accounts.flatMap(({ uid, gid }) => [uid, gid])]);
      const owner = privateOwner(key, accounts, new Set(groups));
      expect(taken.has(owner.uid)).toBe(false);
      expect(owner.gid).toBe(owner.uid);
      expect(owner.uid).toBeGreaterThanOrEqual(PRIVATE_UIDS.first);
      expect(owner.uid).toBeLessThanOrEqual(PRIVATE_UIDS.last);
      expect(privateOwner(key, accounts, new Set(groups))).toEqual(owner);
    }),
  );
});

test('a full range is an error with a way out', () => {
  const count = PRIVATE_UIDS.last - PRIVATE_UIDS.first + 1;
  const all = new Set(Array.from({ length: count }, (_, index) => PRIVATE_UIDS.first + index));
  expect(() => privateOwner('any', [], all)).toThrow(
    expect.objectContaining({ code: 'embedded_unsupported', hint: expect.stringContaining('scanorama') }),
  );
});
