import type { AddressFamily } from '#domain/addresses/address.js';
import { decodeFrame, type Transport } from '#net/packet/frame.js';
import { decodeQuote } from '#net/packet/icmp-quote.js';
import { isPacketError } from '#net/packet/packet-error.js';
import { decodeTcpOptions } from '#net/packet/tcp/tcp-options.js';
import { textsOf } from '#scan/raw-engine/byte-order.js';
import { readNeighbor } from '#scan/raw-hosts/neighbor-frames.js';
import { Reply } from '#scan/raw-probes/reply.js';

const MAX_CHANGES_PER_MUTATION = 4;
const reply = new Reply();

export interface FuzzTally {
  decoded: number;
  refused: number;
}

/** Decodes all that can be decoded of a frame. An exception is the bug that is searched for. */
function decodeAll(bytes: Uint8Array, tally: FuzzTally): void {
  readAsReply(bytes);
  const frame = decodeFrame(bytes);
  if (isPacketError(frame)) {
    tally.refused += 1;
    if (frame.offset < 0 || frame.offset > bytes.length) throw new RangeError(`offset ${frame.offset}`);
    return;
  }
  tally.decoded += 1;
  if (frame.network.kind === 'ipv4') decodeInner(frame.network.transport, 4);
  if (frame.network.kind === 'ipv6') decodeInner(frame.network.transport, 6);
}

/** Fields that the raw engines read in place. */
function readAsReply(bytes: Uint8Array): void {
  readNeighbor(bytes);
  const texts = textsOf(bytes);
  if (reply.read(texts, 0, bytes.length) && reply.addressAt + reply.addressTexts > texts.length)
    throw new RangeError(`an address at word ${reply.addressAt} of ${texts.length}`);
}

function decodeInner(transport: Transport, family: AddressFamily): void {
  if (transport.kind === 'tcp') decodeTcpOptions(transport.tcp.options);
  const icmp =
    transport.kind === 'icmp' ? transport.icmp : transport.kind === 'icmpv6' ? transport.icmpv6 : undefined;
  if (icmp !== undefined && 'quote' in icmp) decodeQuote(icmp.quote, family);
}

/** Every frame unchanged. */
export function decodeFrames(frames: readonly Uint8Array[]): FuzzTally {
  const tally = { decoded: 0, refused: 0 };
  for (const frame of frames) decodeAll(frame, tally);
  return tally;
}

/** Every frame truncated at every byte. */
export function truncateFrames(frames: readonly Uint8Array[]): FuzzTally {
  const tally = { decoded: 0, refused: 0 };
  for (const frame of frames) {
    for (let length = 0; length <= frame.length; length++) decodeAll(frame.subarray(0, length), tally);
  }
  return tally;
}

/** This many random changes of up to four bytes, sometimes truncated too; `seed` repeats a run. */
export function mutateFrames(frames: readonly Uint8Array[], count: number, seed: number): FuzzTally {
  const random = randomOf(seed);
  const tally = { decoded: 0, refused: 0 };
  for (let mutation = 0; mutation < count; mutation++) {
    const bytes = Uint8Array.from(frames[random(frames.length)] ?? []);
    for (let change = random(MAX_CHANGES_PER_MUTATION); change >= 0; change--) {
      bytes[random(bytes.length)] = random(256);
    }
    const end = random(4) === 0 ? random(bytes.length + 1) : bytes.length;
    try {
      decodeAll(bytes.subarray(0, end), tally);
    } catch (error) {
      throw new Error(`frame ${Buffer.from(bytes.subarray(0, end)).toString('hex')}`, { cause: error });
    }
  }
  return tally;
}

/** Integers from 0 up to, excluding `below`, by xorshift. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
