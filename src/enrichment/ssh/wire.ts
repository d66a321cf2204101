/** An SSH server sent something invalid. The message says what, with the server as `it`. */
export class SshError extends Error {}

/** Reads the data types of RFC 4251, section 5. Throws `SshError` beyond the end. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  bytes(count: number): Buffer {
    if (count < 0 || count > this.#bytes.length - this.#at) throw new SshError('a message is cut off');
    const result = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return result;
  }

  byte(): number {
    return this.bytes(1).readUInt8();
  }

  string(): Buffer {
    return this.bytes(this.bytes(4).readUInt32BE());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  nameList(): readonly string[] {
    const text = this.text();
    return text === '' ? [] : text.split(',');
  }

  /** A non-negative integer in big-endian bytes, without leading zeros. */
  unsigned(): Buffer {
    const bytes = this.string();
    if (((bytes[0] ?? 0) & 0x80) !== 0) throw new SshError('a number is negative');
    return withoutZeros(bytes);
  }

  /** * Throws when bytes are left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new SshError('a message is longer than its content');
  }
}

export function sshString(bytes: Uint8Array | string): Buffer {
  const body = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Encodes a non-negative integer, given in big-endian bytes. */
export function sshInteger(bytes: Uint8Array): Buffer {
  const digits = withoutZeros(bytes);
  const isHigh = ((digits[0] ?? 0) & 0x80) !== 0;
  return sshString(isHigh ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
}

function withoutZeros(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return Buffer.from(first === -1 ? [] : bytes.subarray(first));
}
