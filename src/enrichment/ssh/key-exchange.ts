import {
  createECDH,
  createPublicKey,
  diffieHellman,
  type ECDH,
  generateKeyPairSync,
  getDiffieHellman,
} from 'node:crypto';
import { SshError, SshReader, sshInteger, sshString } from '#enrichment/ssh/wire.js';

/** Our half of one exchange. */
export interface KeyShare {
  /** Sent in the first message of the exchange, and part of the exchange hash. */
  readonly sent: Buffer;
  /** The shared secret from the server's share, encoded for the exchange hash. Throws for an invalid share. */
  secretWith(share: Buffer): Buffer;
}

export interface KeyExchange {
  readonly name: string;
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  begin(): KeyShare;
}

const curve25519 = (name: string): KeyExchange => ({ name, hash: 'sha256', begin: beginCurve25519 });

const ecdh = (curve: number, openSslName: string, hash: KeyExchange['hash']): KeyExchange => ({
  name: `ecdh-sha2-nistp${curve}`,
  hash,
  begin: () => beginEcdh(createECDH(openSslName)),
});

const group = (name: string, groupName: string, hash: KeyExchange['hash']): KeyExchange => ({
  name,
  hash,
  begin: () => beginGroup(groupName),
});

/**
 * Best first; the last ones are all that old switches support. Weak ones are safe here: the exchange protects no data
 * and only gives the server something to sign.
 */
export const KEY_EXCHANGES: readonly KeyExchange[] = [
  curve25519('curve25519-sha256'),
  curve25519('curve25519-sha256@libssh.org'),
  ecdh(256, 'prime256v1', 'sha256'),
  ecdh(384, 'secp384r1', 'sha384'),
  ecdh(521, 'secp521r1', 'sha512'),
  group('diffie-hellman-group14-sha256', 'modp14', 'sha256'),
  group('diffie-hellman-group16-sha512', 'modp16', 'sha512'),
  group('diffie-hellman-group14-sha1', 'modp14', 'sha1'),
  group('diffie-hellman-group1-sha1', 'modp2', 'sha1'),
];

const CURVE25519_BYTES = 32;

function beginCurve25519(): KeyShare {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const sent = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    sent: sshString(sent),
    secretWith(share) {
      if (share.length !== CURVE25519_BYTES) throw new SshError('its share is not a point of the curve');
      const jwk = { kty: 'OKP', crv: 'X25519', x: share.toString('base64url') };
      const theirs = createPublicKey({ key: jwk, format: 'jwk' });
      return sshInteger(diffieHellman({ privateKey, publicKey: theirs }));
    },
  };
}

function beginEcdh(ours: ECDH): KeyShare {
  return {
    sent: sshString(ours.generateKeys()),
    secretWith: (share) => sshInteger(ours.computeSecret(share)),
  };
}

function beginGroup(name: string): KeyShare {
  const ours = getDiffieHellman(name);
  return {
    sent: sshInteger(ours.generateKeys()),
    secretWith: (share) => sshInteger(ours.computeSecret(new SshReader(sshString(share)).unsigned())),
  };
}
