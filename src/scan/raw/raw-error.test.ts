import { expect, it } from 'vitest';
import { NativeCallError } from '#native/native-call-error.js';
import { rawError } from '#scan/raw/raw-error.js';

it('takes a socket that is refused for a missing privilege, and a packet that is refused for a rule', () => {
  expect(rawError(new NativeCallError('socket', 'EPERM'))).toMatchObject({ code: 'privilege_missing' });
  expect(rawError(new NativeCallError('sendmmsg', 'EPERM'))).toMatchObject({
    code: 'engine_failed',
    message: 'A firewall rule of this machine forbids packets to some of the targets: EPERM.',
  });
});
