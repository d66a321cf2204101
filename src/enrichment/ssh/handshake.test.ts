import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SshHandshake } from '#enrichment/ssh/handshake.js';
import { KEY_EXCHANGES } from '#enrichment/ssh/key-exchange.js';
import { type ServerMessages, ServerSide, serverKey } from '../../../test/support/servers/ssh-server.ts';

const ED25519 = serverKey('ssh-ed25519');
const ECDSA = ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'].map(serverKey);
const RSA = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'].map(serverKey);
const CURVE = ['curve25519-sha256'];

const cookie = new Uint8Array(16);

/** Runs both sides until neither has anything more to send; `cut` decides how the server's bytes arrive. */
function talk(messages: ServerMessages, cut: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]) {
  const ours = new SshHandshake({ cookie });
  const theirs = new ServerSide(messages);
  let outgoing: Buffer = theirs.push(SshHandshake.greeting);
  let received: Buffer = Buffer.concat([theirs.greeting(), outgoing]);
  while (received.length > 0) {
    const answers = cut(received).flatMap((bytes) => (ours.proven === undefined ? ours.push(bytes) : []));
    outgoing = Buffer.concat(answers);
    received = ours.proven === undefined ? theirs.push(outgoing) : Buffer.alloc(0);
  }
  return ours.proven;
}

function withOneBitChanged(signature: Buffer): Buffer {
  const forged = Buffer.from(signature);
  forged[forged.length - 3] = (forged.at(-3) ?? 0) ^ 1;
  return forged;
}

describe('a handshake', () => {
  it.each(KEY_EXCHANGES.map(({ name }) => name))('proves a key by %s', (name) => {
    const proven = talk({ keys: [ED25519], keyExchanges: [name] });
    expect(proven?.key).toEqual({ algorithm: 'ssh-ed25519', fingerprint: ED25519.fingerprint, bits: 256 });
  });

  it.each([ED25519, ...ECDSA, ...RSA])('proves a key that signs by $name', (key) => {
    const proven = talk({ keys: [key], keyExchanges: CURVE });
    const algorithm = key.name.startsWith('rsa-') ? 'ssh-rsa' : key.name;
    const bits =
      { 'ssh-rsa': 2_048, 'ecdsa-sha2-nistp384': 384, 'ecdsa-sha2-nistp521': 521 }[algorithm] ?? 256;
    expect(proven?.key).toEqual({ algorithm, fingerprint: key.fingerprint, bits });
  });

  it('returns the other kinds of key that there are, and the identification of the server', () => {
    const keys = [...RSA.slice(0, 1), ...ECDSA.slice(0, 1), ED25519];
    const identification = 'SSH-2.0-Old \x1b[31m\xe9 box';
    const proven = talk({ keys, keyExchanges: CURVE, identification, preamble: 'Go away.\r\n' });
    expect(proven?.identification).toBe('SSH-2.0-Old ?[31m? box');
    expect(proven?.key.algorithm).toBe('ssh-ed25519');
    expect(proven?.otherGroups.map(([first]) => first)).toEqual(['ecdsa-sha2-nistp256', 'rsa-sha2-512']);
  });

  it('does not depend on how the bytes are split', () => {
    const messages = { keys: [ED25519], keyExchanges: CURVE };
    const byteByByte = talk(messages, (bytes) => [...bytes].map((byte) => Buffer.of(byte)));
    expect(byteByByte?.key.fingerprint).toBe(ED25519.fingerprint);
  });

  it.each([
    ['of another key', (): Buffer => serverKey('ssh-ed25519').sign(Buffer.alloc(32))],
    ['over something else', (): Buffer => ED25519.sign(Buffer.from('else'))],
    ['by another algorithm', (): Buffer => ECDSA[0]?.sign(Buffer.alloc(32)) ?? Buffer.alloc(0)],
    ['that is empty', (): Buffer => Buffer.alloc(0)],
  ])('proves nothing by a signature %s', (_, forge) => {
    expect(() => talk({ keys: [ED25519], keyExchanges: CURVE, forge })).toThrow();
  });

  it('proves nothing where one bit of the signature is another, whatever the key', () => {
    for (const key of [ED25519, ...ECDSA, ...RSA]) {
      expect(() => talk({ keys: [key], keyExchanges: CURVE, forge: withOneBitChanged })).toThrow(/signature/);
    }
  });

  it.each([
    ['another version', 'SSH-1.5-Old\r\n', /version/],
    ['an endless identification', `SSH-2.0-${'a'.repeat(300)}`, /too long/],
    ['endless lines', 'hello\r\n'.repeat(2_000), /too much/],
    ['HTTP', `HTTP/1.1 400 Bad Request\r\n\r\n${'x'.repeat(9_000)}`, /too much/],
    ['a packet of a gigabyte', 'SSH-2.0-x\r\n\x40\0\0\0\0', /too long/],
    ['a packet that is all padding', 'SSH-2.0-x\r\n\0\0\0\x04\x04\0\0\0', /cut off/],
    ['only ignorable messages', 'SSH-2.0-x\r\n\0\0\0\x0c\x0a\x02'.padEnd(27, '\0'), undefined],
  ])('copes with %s', (_, text, problem) => {
    const received = () => new SshHandshake({ cookie }).push(Buffer.from(text, 'latin1'));
    if (problem === undefined) expect(received()).toEqual([]);
    else expect(received).toThrow(problem);
  });

  it('does not accept ignorable messages for ever', () => {
    const ignorable = Buffer.from('\0\0\0\x0c\x0a\x02\0\0\0\0\0\0\0\0\0\0', 'latin1');
    const ours = new SshHandshake({ cookie });
    ours.push(Buffer.from('SSH-2.0-x\r\n'));
    expect(() => ours.push(Buffer.concat(Array.from({ length: 100 }, () => ignorable)))).toThrow(
      /instead of its key/,
    );
  });

  it('proves nothing by bytes changed in transit, and ends by an error or waits for more', () => {
    const messages = { keys: [ED25519], keyExchanges: CURVE };
    const change = fc.record({
      at: fc.nat({ max: 2_000 }),
      bit: fc.nat({ max: 7 }),
      cutTo: fc.option(fc.nat({ max: 2_000 })),
    });
    fc.assert(
      fc.property(change, ({ at, bit, cutTo }) => {
        let proven: ReturnType<typeof talk>;
        let isChanged = false;
        try {
          proven = talk(messages, (bytes) => {
            const changed = Buffer.from(bytes.subarray(0, cutTo ?? bytes.length));
            const old = changed[at];
            if (old !== undefined) changed[at] = old ^ (1 << bit);
            isChanged ||= !changed.equals(bytes);
            return [changed];
          });
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        // Padding is not signed.
        if (proven !== undefined) expect(proven.key.fingerprint).toBe(ED25519.fingerprint);
        else expect(isChanged).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('throws only errors for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, isNamed) => {
        const ours = new SshHandshake({ cookie });
        try {
          if (isNamed) ours.push(Buffer.from('SSH-2.0-x\r\n'));
          ours.push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(ours.proven).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
