import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { sshPacket } from '#enrichment/ssh/decoder.js';
import { KEY_EXCHANGES } from '#enrichment/ssh/key-exchange.js';
import { SshReader, sshInteger, sshString } from '#enrichment/ssh/wire.js';

/** A host key of a simulated server. */
export interface ServerKey {
  /** The signature algorithm. */
  readonly name: string;
  readonly blob: Buffer;
  readonly fingerprint: string;
  sign(hash: Buffer): Buffer;
}

const HASHES: Readonly<Record<string, string>> = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'rsa-sha2-512': 'sha512',
  'rsa-sha2-256': 'sha256',
  'ssh-rsa': 'sha1',
};
const CURVES: Readonly<Record<string, string>> = {
  nistp256: 'prime256v1',
  nistp384: 'secp384r1',
  nistp521: 'secp521r1',
};
const RSA_BITS = 2_048;

/** Creates a new key for this signature algorithm. */
export function serverKey(name: string): ServerKey {
  const created =
    name === 'ssh-ed25519' ? ed25519Key() : name.startsWith('ecdsa-') ? ecdsaKey(name) : rsaKey(name);
  const digest = createHash('sha256').update(created.blob).digest('base64').replace(/=+$/, '');
  return {
    name,
    blob: created.blob,
    fingerprint: `SHA256:${digest}`,
    sign: (hash) => Buffer.concat([sshString(name), sshString(created.sign(hash))]),
  };
}

const base64url = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });

function ed25519Key() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    blob: Buffer.concat([sshString('ssh-ed25519'), sshString(base64url(jwkOf(publicKey).x))]),
    sign: (hash: Buffer) => sign(null, hash, privateKey),
  };
}

function rsaKey(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  const { e, n } = jwkOf(publicKey);
  return {
    blob: Buffer.concat([sshString('ssh-rsa'), sshInteger(base64url(e)), sshInteger(base64url(n))]),
    sign: (hash: Buffer) => sign(HASHES[name], hash, privateKey),
  };
}

function ecdsaKey(name: string) {
  const curve = name.replace('ecdsa-sha2-', '');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVES[curve] ?? '' });
  const { x, y } = jwkOf(publicKey);
  const point = Buffer.concat([Buffer.of(4), base64url(x), base64url(y)]);
  return {
    blob: Buffer.concat([sshString(name), sshString(curve), sshString(point)]),
    sign(hash: Buffer) {
      const plain = sign(HASHES[name], hash, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const half = plain.length / 2;
      return Buffer.concat([sshInteger(plain.subarray(0, half)), sshInteger(plain.subarray(half))]);
    },
  };
}

export interface ServerMessages {
  readonly keys: readonly ServerKey[];
  /** (default: all known ones) */
  readonly keyExchanges?: readonly string[] | undefined;
  readonly identification?: string | undefined;
  /** Lines before the version line. */
  readonly preamble?: string | undefined;
  /** Replaces the signature. */
  readonly forge?: ((signature: Buffer) => Buffer) | undefined;
}

const COOKIE = Buffer.alloc(16, 7);

/** The server's side of a key exchange, written independently of the product: bytes in, bytes out, up to its reply. */
export class ServerSide {
  readonly #texts: ServerMessages;
  readonly #offer: Buffer;
  #held = Buffer.alloc(0);
  #theirName: Buffer | undefined;
  #theirOffer: Buffer | undefined;

  constructor(texts: ServerMessages) {
    this.#texts = texts;
    const { keys, keyExchanges = KEY_EXCHANGES.map(({ name }) => name) } = texts;
    const lists = [keyExchanges, keys.map(({ name }) => name), ...Array.from({ length: 6 }, () => ['some'])];
    this.#offer = Buffer.concat([
      Buffer.of(20),
      COOKIE,
      ...lists.map((list) => sshString(list.join(','))),
      sshString(''),
      sshString(''),
      Buffer.alloc(5),
    ]);
  }

  get #name(): string {
    return this.#texts.identification ?? 'SSH-2.0-Stand_In';
  }

  greeting(): Buffer {
    const text = `${this.#texts.preamble ?? ''}${this.#name}\r\n`;
    return Buffer.concat([Buffer.from(text, 'latin1'), sshPacket(this.#offer)]);
  }

  push(bytes: Uint8Array): Buffer {
    this.#held = Buffer.concat([this.#held, bytes]);
    if (this.#theirName === undefined) {
      const end = this.#held.indexOf('\r\n');
      if (end === -1) return Buffer.alloc(0);
      this.#theirName = this.#held.subarray(0, end);
      this.#held = this.#held.subarray(end + 2);
    }
    const answers: Buffer[] = [];
    while (this.#held.length >= 4 && this.#held.length >= 4 + this.#held.readUInt32BE()) {
      const length = this.#held.readUInt32BE();
      const payload = this.#held.subarray(5, 4 + length - this.#held.readUInt8(4));
      this.#held = this.#held.subarray(4 + length);
      if (payload[0] === 20) this.#theirOffer = payload;
      if (payload[0] === 30) answers.push(this.#reply(payload.subarray(1)));
    }
    return Buffer.concat(answers);
  }

  #reply(theirShare: Buffer): Buffer {
    const reader = new SshReader((this.#theirOffer ?? Buffer.alloc(0)).subarray(17));
    const [exchangeName = ''] = reader.nameList();
    const [keyName = ''] = reader.nameList();
    const exchange = KEY_EXCHANGES.find(({ name }) => name === exchangeName);
    const key = this.#texts.keys.find(({ name }) => name === keyName);
    if (exchange === undefined || key === undefined) throw new Error(`no ${exchangeName} and ${keyName}`);
    const share = exchange.begin();
    const secret = share.secretWith(new SshReader(theirShare).string());
    const parts = [
      this.#theirName,
      Buffer.from(this.#name, 'latin1'),
      this.#theirOffer,
      this.#offer,
      key.blob,
    ];
    const hash = createHash(exchange.hash);
    for (const part of parts) hash.update(sshString(part ?? ''));
    hash.update(theirShare).update(share.sent).update(secret);
    const signature = key.sign(hash.digest());
    const given = (this.#texts.forge ?? ((same: Buffer) => same))(signature);
    return sshPacket(Buffer.concat([Buffer.of(31), sshString(key.blob), share.sent, sshString(given)]));
  }
}

export interface StandInServer {
  readonly port: number;
  /** Connections that were accepted. */
  readonly count: () => number;
  close(): Promise<void>;
}

/** Listens, and calls `serve` for each connection. */
export async function listenWith(
  serve: (socket: Socket) => void,
  { host, port = 0 }: { readonly host: string; readonly port?: number },
): Promise<StandInServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    serve(socket);
  }).listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    count: () => count,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What `listenWith` needs for an SSH server that simulates a real one. */
export function speaksSsh(texts: () => ServerMessages): (socket: Socket) => void {
  return (socket) => {
    const side = new ServerSide(texts());
    socket.write(side.greeting());
    socket.on('data', (bytes) => socket.write(side.push(bytes)));
  };
}
