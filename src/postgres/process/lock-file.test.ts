import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLockFile } from '#postgres/process/lock-file.js';

test('reads process, socket directory and status', () => {
  const text = '9224\n/proc/self/cwd\n1795476918\n5432\n../run\n\n 10035209         4\nready   \n';
  expect(parseLockFile(text)).toEqual({ pid: 9224, socketDirectory: '../run', status: 'ready' });
});

test('reads what a file that is still being written contains so far', () => {
  expect(parseLockFile('9224\n/data\n')).toEqual({
    pid: 9224,
    socketDirectory: undefined,
    status: undefined,
  });
});

test('takes the negative number of a single-user server for its process', () => {
  expect(parseLockFile('-77\n')?.pid).toBe(77);
});

test('finds no process in anything else', () => {
  for (const text of ['', '\n9224', '0\n', '12x\n', ' 12\n']) expect(parseLockFile(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseLockFile(text);
      expect(parsed === undefined || parsed.pid > 0).toBe(true);
    }),
  );
});
