import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import type { SshHostKey } from '#domain/enrichment/ssh-host-key.js';
import { SshError, SshReader } from '#enrichment/ssh/wire.js';

/**
 * Signature algorithms in groups. A server has one key for each group; with several ECDSA keys it uses the requested
 * one. DSA is omitted: OpenSSL no longer verifies 1,024-bit keys.
 */
export const HOST_KEY_GROUPS: readonly (readonly string[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
];

const RSA_HASHES: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-512', 'sha512'],
  ['rsa-sha2-256', 'sha256'],
  ['ssh-rsa', 'sha1'],
]);
const CURVES: ReadonlyMap<string, Curve> = new Map([
  ['nistp256', { crv: 'P-256', bits: 256, hash: 'sha256' }],
  ['nistp384', { crv: 'P-384', bits: 384, hash: 'sha384' }],
  ['nistp521', { crv: 'P-521', bits: 521, hash: 'sha512' }],
]);
interface Curve {
  readonly crv: string;
  readonly bits: number;
  readonly hash: string;
}

interface ReadKey {
  readonly algorithm: string;
  readonly bits: number;
  /** Whether the signature is that of the key over the exchange hash. */
  readonly isSignedBy: (signature: Buffer, exchangeHash: Buffer) => boolean;
}

/**
 * The key in `blob`, if its signature over the exchange hash proves that the server holds it. `name` is the negotiated
 * signature algorithm. Throws for every other key and signature.
 */
export function provenHostKey(
  { blob, signature }: { readonly blob: Buffer; readonly signature: Buffer },
  name: string,
  exchangeHash: Buffer,
): SshHostKey {
  const { algorithm, bits, isSignedBy } = readKey(blob, name);
  const reader = new SshReader(signature);
  if (reader.text() !== name) throw new SshError('it signs by another algorithm than was negotiated');
  const bytes = reader.string();
  reader.end();
  if (!isSignedBy(bytes, exchangeHash)) throw new SshError('its signature does not match its key');
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { algorithm, fingerprint: `SHA256:${digest}`, bits };
}

function readKey(blob: Buffer, name: string): ReadKey {
  const reader = new SshReader(blob);
  const algorithm = reader.text();
  const rsaHash = RSA_HASHES.get(name);
  if (algorithm !== (rsaHash === undefined ? name : 'ssh-rsa'))
    throw new SshError('its key is of another type');
  if (rsaHash !== undefined) return rsaKey(reader, rsaHash);
  if (algorithm === 'ssh-ed25519') return ed25519Key(reader);
  return ecdsaKey(reader, algorithm);
}

function rsaKey(reader: SshReader, hash: string): ReadKey {
  const exponent = reader.unsigned();
  const modulus = reader.unsigned();
  reader.end();
  const key = publicKeyOf({ kty: 'RSA', e: base64url(exponent), n: base64url(modulus) });
  const highBits = 32 - Math.clz32(modulus[0] ?? 0);
  return {
    algorithm: 'ssh-rsa',
    bits: Math.max(0, modulus.length - 1) * 8 + highBits,
    isSignedBy: (signature, exchangeHash) => verify(hash, exchangeHash, key, signature),
  };
}

function ed25519Key(reader: SshReader): ReadKey {
  const point = reader.string();
  reader.end();
  const key = publicKeyOf({ kty: 'OKP', crv: 'Ed25519', x: base64url(point) });
  return {
    algorithm: 'ssh-ed25519',
    bits: 256,
    isSignedBy: (signature, exchangeHash) => verify(null, exchangeHash, key, signature),
  };
}

const UNCOMPRESSED = 4;

function ecdsaKey(reader: SshReader, algorithm: string): ReadKey {
  const name = reader.text();
  const point = reader.string();
  reader.end();
  const curve = CURVES.get(name);
  if (curve === undefined || algorithm !== `ecdsa-sha2-${name}`)
    throw new SshError('its key is on another curve');
  const size = Math.ceil(curve.bits / 8);
  if (point[0] !== UNCOMPRESSED || point.length !== 1 + 2 * size)
    throw new SshError('its key is not a point of the curve');
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)];
  const key = publicKeyOf({ kty: 'EC', crv: curve.crv, x: base64url(x), y: base64url(y) });
  return {
    algorithm,
    bits: curve.bits,
    isSignedBy: (signature, exchangeHash) =>
      verify(curve.hash, exchangeHash, { key, dsaEncoding: 'ieee-p1363' }, plainSignature(signature, size)),
  };
}

/** The two integers of a signature concatenated, each padded to the size of the curve. */
function plainSignature(signature: Buffer, size: number): Buffer {
  const reader = new SshReader(signature);
  const plain = Buffer.alloc(2 * size);
  for (const half of [1, 2]) {
    const number = reader.unsigned();
    if (number.length > size) throw new SshError('its signature is too long');
    plain.set(number, half * size - number.length);
  }
  reader.end();
  return plain;
}

function publicKeyOf(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
