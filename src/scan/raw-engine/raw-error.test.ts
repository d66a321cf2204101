import { expect, it } from 'vitest';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import { rawError } from '#scan/raw-engine/raw-error.js';

it('tells a missing privilege from a rule of the firewall', () => {
  expect(rawError(new NativeCallError('socket', 'EPERM'))).toMatchObject({ code: 'privilege_missing' });
  expect(rawError(new NativeCallError('sendmmsg', 'EPERM'))).toMatchObject({
    code: 'engine_failed',
    message: 'A firewall rule of this machine forbids packets to some of the targets: EPERM.',
  });
});

it.each(['ENETDOWN', 'ENXIO', 'ENODEV', 'ENETUNREACH'])('calls the interface gone after %s', (code) => {
  const message = expect.stringContaining('down or gone');
  expect(rawError(new NativeCallError('sendmmsg', code))).toMatchObject({ code: 'engine_failed', message });
});

it('leaves errors of others as they are', () => {
  const other = new Error('other');
  expect(rawError(other)).toBe(other);
});
