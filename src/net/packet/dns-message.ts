import { viewOf } from '#net/packet/bytes.js';
import { type Decoded, isPacketError, PacketError } from '#net/packet/packet-error.js';

export const DNS_TYPE = { ptr: 12 } as const;
const CLASS_INTERNET = 1;
const HEADER_BYTES = 12;
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;
/** A name follows no more pointers than it can have labels. */
const MAX_POINTERS = 127;
/** More answers than this are not read. */
export const MAX_DNS_ANSWERS = 64;

/** Names are labels joined by dots without one at the end; bytes that are no plain character are `\DDD`. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
}

export interface DnsResponse {
  readonly identifier: number;
  /** 0 is success, 3 that there is no such name. */
  readonly responseCode: number;
  readonly isTruncated: boolean;
  readonly question: DnsQuestion;
  /** The names that PTR records among the answers point to. */
  readonly pointers: readonly string[];
}

/** One question, recursion desired. Throws RangeError for a name that is none. */
export function encodeDnsQuery(identifier: number, { name, type }: DnsQuestion): Uint8Array {
  const labels = name.split('.').map((label) => new TextEncoder().encode(label));
  const isName = labels.every(({ length }) => length > 0 && length <= MAX_LABEL_BYTES);
  const encoded = [...labels.flatMap((label) => [label.length, ...label]), 0];
  if (!isName || encoded.length > MAX_NAME_BYTES) throw new RangeError(`not a DNS name: ${name}`);
  const bytes = new Uint8Array(HEADER_BYTES + encoded.length + 4);
  const view = viewOf(bytes);
  view.setUint16(0, identifier);
  view.setUint16(2, 0x0100);
  view.setUint16(4, 1);
  bytes.set(encoded, HEADER_BYTES);
  view.setUint16(bytes.length - 4, type);
  view.setUint16(bytes.length - 2, CLASS_INTERNET);
  return bytes;
}

/** A response to a single question; a query is `unsupported`. */
export function decodeDnsResponse(bytes: Uint8Array): Decoded<DnsResponse> {
  if (bytes.length < HEADER_BYTES) return new PacketError('truncated', bytes.length);
  const view = viewOf(bytes);
  const flags = view.getUint16(2);
  if ((flags & 0x8000) === 0) return new PacketError('unsupported', 2);
  if (view.getUint16(4) !== 1) return new PacketError('unsupported', 4);
  const name = readName(bytes, HEADER_BYTES);
  if (isPacketError(name)) return name;
  if (name.end + 4 > bytes.length) return new PacketError('truncated', bytes.length);
  const pointers = readPointers(bytes, name.end + 4, view.getUint16(6));
  if (isPacketError(pointers)) return pointers;
  return {
    identifier: view.getUint16(0),
    responseCode: flags & 0xf,
    isTruncated: (flags & 0x0200) !== 0,
    question: { name: name.text, type: view.getUint16(name.end) },
    pointers,
  };
}

function readPointers(bytes: Uint8Array, start: number, count: number): Decoded<string[]> {
  const view = viewOf(bytes);
  const names: string[] = [];
  let at = start;
  for (let answer = 0; answer < Math.min(count, MAX_DNS_ANSWERS); answer++) {
    const owner = readName(bytes, at);
    if (isPacketError(owner)) return owner;
    const data = owner.end + 10;
    if (data > bytes.length) return new PacketError('truncated', bytes.length);
    const length = view.getUint16(owner.end + 8);
    if (data + length > bytes.length) return new PacketError('truncated', bytes.length);
    const isPointer =
      view.getUint16(owner.end) === DNS_TYPE.ptr && view.getUint16(owner.end + 2) === CLASS_INTERNET;
    if (isPointer) {
      const name = readName(bytes, data);
      if (isPacketError(name)) return name;
      if (name.end !== data + length) return new PacketError('bad-length', owner.end + 8);
      names.push(name.text);
    }
    at = data + length;
  }
  return names;
}

/** `end`: where what comes behind the name begins, which a pointer in it does not change. */
function readName(bytes: Uint8Array, start: number): Decoded<{ text: string; end: number }> {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  let nameBytes = 0;
  for (let pointers = 0; pointers <= MAX_POINTERS; ) {
    const length = bytes[at];
    if (length === undefined) return new PacketError('truncated', bytes.length);
    if (length === 0) return { text: labels.join('.'), end: end ?? at + 1 };
    if (length >= 0xc0) {
      const low = bytes[at + 1];
      if (low === undefined) return new PacketError('truncated', bytes.length);
      end ??= at + 2;
      at = ((length & 0x3f) << 8) | low;
      pointers += 1;
      continue;
    }
    if (length > MAX_LABEL_BYTES) return new PacketError('unsupported', at);
    nameBytes += length + 1;
    if (nameBytes > MAX_NAME_BYTES) return new PacketError('bad-length', at);
    if (at + 1 + length > bytes.length) return new PacketError('truncated', bytes.length);
    labels.push(labelText(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return new PacketError('too-many-headers', start);
}

/** Anyone may write anything into the zone of his addresses: what is shown to people stays plain. */
function labelText(label: Uint8Array): string {
  let text = '';
  for (const byte of label) {
    const character = String.fromCharCode(byte);
    text += /[a-z0-9_-]/i.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}
