import { SshError, SshReader } from '#enrichment/ssh/wire.js';

/** Maximum length of the identification line, with its line end: RFC 4253 section 4.2. */
const MAX_IDENTIFICATION_BYTES = 255;
/** Maximum length of the lines that a server may send before its identification. */
const MAX_PREAMBLE_BYTES = 8_192;
/** * Maximum length of a packet: RFC 4253 section 6.1. */
const MAX_PACKET_BYTES = 35_000;

export type SshItem =
  /** Without its line end. */
  | { readonly kind: 'identification'; readonly line: Buffer }
  | { readonly kind: 'message'; readonly payload: Buffer };

/**
 * Decodes the bytes of an SSH server as long as nothing is encrypted. Throws `SshError` for anything that is not SSH.
 * Its buffer is bounded by the constants above.
 *
 *     lines, one of them SSH-2.0-… ──> packets: length, padding length, payload, padding
 */
export class SshDecoder {
  #held: Buffer = Buffer.alloc(0);
  #preambleBytes = 0;
  #isIdentified = false;

  *push(bytes: Uint8Array): Generator<SshItem, undefined> {
    this.#held = Buffer.concat([this.#held, bytes]);
    for (;;) {
      const item = this.#isIdentified ? this.#message() : this.#line();
      if (item === undefined) return undefined;
      if (item !== 'preamble') yield item;
    }
  }

  #line(): SshItem | 'preamble' | undefined {
    const end = this.#held.indexOf('\n');
    const length = end === -1 ? this.#held.length : end + 1;
    const isIdentification = this.#held.subarray(0, 4).toString('latin1') === 'SSH-';
    if (isIdentification && length > MAX_IDENTIFICATION_BYTES)
      throw new SshError('its identification is too long');
    if (this.#preambleBytes + length > MAX_PREAMBLE_BYTES)
      throw new SshError('it sends too much before its identification');
    if (end === -1) return undefined;
    const line = this.#held.subarray(0, end);
    this.#held = this.#held.subarray(end + 1);
    this.#preambleBytes += length;
    if (!isIdentification) return 'preamble';
    const bare = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    if (!/^SSH-(2\.0|1\.99)-/.test(bare.toString('latin1')))
      throw new SshError('it speaks another protocol version');
    this.#isIdentified = true;
    return { kind: 'identification', line: bare };
  }

  #message(): SshItem | undefined {
    if (this.#held.length < 5) return undefined;
    const length = this.#held.readUInt32BE();
    if (length > MAX_PACKET_BYTES) throw new SshError('a packet is too long');
    if (this.#held.length < 4 + length) return undefined;
    const reader = new SshReader(this.#held.subarray(4, 4 + length));
    this.#held = this.#held.subarray(4 + length);
    const padding = reader.byte();
    return { kind: 'message', payload: reader.bytes(length - 1 - padding) };
  }
}

const BLOCK_BYTES = 8;
const MIN_PADDING_BYTES = 4;

/** Encodes a message as an unencrypted packet. */
export function sshPacket(payload: Uint8Array): Buffer {
  const bare = 5 + payload.length + MIN_PADDING_BYTES;
  const padding = MIN_PADDING_BYTES + ((BLOCK_BYTES - (bare % BLOCK_BYTES)) % BLOCK_BYTES);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head.writeUInt8(padding, 4);
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}
