import { describe, expect, it } from 'vitest';
import { isHostEvidence } from '#domain/ports/port-state.js';
import { type ConnectError, resultOfConnectError } from '#net/probe/ports/connect-error.js';
import { isFailure } from '#net/probe/ports/outcome.js';

function result(code: string, more: Partial<ConnectError> = {}) {
  return resultOfConnectError({ code, family: 4, isFromNetwork: true, ...more });
}

describe('errors of connect', () => {
  it.each([
    ['ECONNREFUSED', 'closed', 'conn-refused'],
    ['ECONNRESET', 'open', 'conn-reset'],
    ['EPIPE', 'open', 'conn-reset'],
    ['ETIMEDOUT', 'filtered', 'no-response'],
    ['EHOSTUNREACH', 'filtered', 'host-unreach'],
    ['ENETUNREACH', 'filtered', 'net-unreach'],
    ['ENOPROTOOPT', 'filtered', 'proto-unreach'],
  ])('%s is the observation %s, %s', (code, state, reason) => {
    expect(result(code)).toEqual({ state, reason });
  });

  it.each(
    'EMFILE ENFILE EADDRNOTAVAIL EADDRINUSE ENOBUFS ENOMEM EAGAIN EPERM EACCES ENETDOWN NEW'.split(' '),
  )('%s says nothing of the port', (code) => {
    expect(result(code)).toEqual({ kind: 'local', code });
    expect(result(code, { isFromNetwork: false })).toEqual({ kind: 'local', code });
  });

  it.each(['EHOSTUNREACH', 'ENETUNREACH'])(
    '%s before anything has left is the word of our own routes',
    (code) => {
      expect(result(code, { isFromNetwork: false })).toEqual({ kind: 'local', code });
    },
  );

  it('takes EACCES for a word of the network only from ICMPv6', () => {
    expect(result('EACCES', { family: 6 })).toEqual({ state: 'filtered', reason: 'admin-prohibited' });
    expect(isFailure(result('EACCES', { family: 6, isFromNetwork: false }))).toBe(true);
    expect(isFailure(result('EPERM', { family: 6 }))).toBe(true);
  });

  it('counts no word of a router as evidence that the host is up', () => {
    for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'ENOPROTOOPT', 'ETIMEDOUT']) {
      const outcome = result(code);
      expect(!isFailure(outcome) && isHostEvidence(outcome.reason)).toBe(false);
    }
  });
});
