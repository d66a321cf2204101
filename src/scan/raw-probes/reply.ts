import { swap16 } from '#scan/raw-engine/byte-order.js';

/** What a packet that came in says of a probe, before anybody has decided to believe it. */
export type ReplyKind = (typeof REPLY_KINDS)[number];
const REPLY_KINDS = [
  'syn-ack',
  'rst',
  'data',
  'net-unreach',
  'host-unreach',
  'proto-unreach',
  'port-unreach',
  'admin-prohibited',
  'ttl-exceeded',
] as const;

const ETHERNET_WORDS = 7;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMP6 = 58;
const FIN_SYN_RST_ACK = 0x17;
const SYN_ACK = 0x12;
const RST = 0x04;
const ACK = 0x10;

const ICMP_UNREACHABLE: readonly (ReplyKind | undefined)[] = [
  'net-unreach',
  'host-unreach',
  'proto-unreach',
  'port-unreach',
  // Asks for smaller packets, and ours are small.
  undefined,
  'host-unreach',
  'net-unreach',
  'host-unreach',
  'host-unreach',
  'admin-prohibited',
  'admin-prohibited',
  'net-unreach',
  'host-unreach',
  'admin-prohibited',
  'admin-prohibited',
  'admin-prohibited',
];
const ICMP6_UNREACHABLE: readonly ReplyKind[] = [
  'net-unreach',
  'admin-prohibited',
  'net-unreach',
  'host-unreach',
  'port-unreach',
  // Source policy and reject route are forms of it (RFC 4443, 3.1).
  'admin-prohibited',
  'admin-prohibited',
];

/**
 * Reads one received frame in place. One object is filled again and again, as there are hundreds of thousands of
 * replies a second. Everything in it is the sender's claim.
 */
export class Reply {
  kind: ReplyKind = 'data';
  isTcp = false;
  /** Where the probed address stands among the words, and how many words it has. */
  addressAt = 0;
  addressTexts = 0;
  /** The probed port, and the port it was probed from. */
  remotePort = 0;
  localPort = 0;
  /** What has to be the cookie: for SYN the acknowledged number less one, else the echoed or quoted number. */
  number = 0;
  /** Of a SYN-ACK, unscaled. */
  windowBytes = 0;
  /** Whether the probed address itself sent it, as far as it says. */
  isFromTarget = false;

  /** False for what cannot be a reply. `at` counts words, `byteCount` from there. */
  read(words: Uint16Array, at: number, byteCount: number): boolean {
    const end = at + (byteCount >>> 1);
    const ethertype = words[at + 6] ?? 0;
    if (ethertype === 0x0008) return this.#readIpv4(words, at + ETHERNET_WORDS, end);
    return ethertype === 0xdd86 && this.#readIpv6(words, at + ETHERNET_WORDS, end);
  }

  #readIpv4(words: Uint16Array, at: number, end: number): boolean {
    const first = (words[at] ?? 0) & 0xff;
    const protocol = (words[at + 4] ?? 0) >>> 8;
    const payload = at + (first & 0x0f) * 2;
    if (first >>> 4 !== 4 || payload < at + 10 || payload + 4 > end) return false;
    this.addressAt = at + 6;
    this.addressTexts = 2;
    this.isFromTarget = true;
    if (protocol === TCP) return this.#readTcp(words, payload, end);
    if (protocol === UDP) return this.#readUdp(words, payload);
    return protocol === ICMP && this.#readIcmp(words, payload, end);
  }

  #readIpv6(words: Uint16Array, at: number, end: number): boolean {
    const next = (words[at + 3] ?? 0) & 0xff;
    const payload = at + 20;
    if (((words[at] ?? 0) & 0xf0) !== 0x60 || payload + 4 > end) return false;
    this.addressAt = at + 4;
    this.addressTexts = 8;
    this.isFromTarget = true;
    if (next === TCP) return this.#readTcp(words, payload, end);
    if (next === UDP) return this.#readUdp(words, payload);
    return next === ICMP6 && this.#readIcmp6(words, payload, end);
  }

  #readTcp(words: Uint16Array, at: number, end: number): boolean {
    if (at + 10 > end) return false;
    const flags = ((words[at + 6] ?? 0) >>> 8) & FIN_SYN_RST_ACK;
    this.isTcp = true;
    this.remotePort = swap16(words[at] ?? 0);
    this.localPort = swap16(words[at + 1] ?? 0);
    this.windowBytes = swap16(words[at + 7] ?? 0);
    if (flags === SYN_ACK) this.kind = 'syn-ack';
    else if ((flags & ~ACK) === RST) this.kind = 'rst';
    else return false;
    // A reset without acknowledgement answers an ACK, and carries the number that was acknowledged.
    this.number = (flags & ACK) === 0 ? numberAt(words, at + 2) : (numberAt(words, at + 4) - 1) | 0;
    return true;
  }

  #readUdp(words: Uint16Array, at: number): boolean {
    this.isTcp = false;
    this.kind = 'data';
    this.remotePort = swap16(words[at] ?? 0);
    this.localPort = swap16(words[at + 1] ?? 0);
    return true;
  }

  #readIcmp(words: Uint16Array, at: number, end: number): boolean {
    const head = words[at] ?? 0;
    const kind = icmpKind(head & 0xff, head >>> 8);
    const quoted = at + 4;
    if (kind === undefined || quoted + 10 > end) return false;
    const payload = quoted + ((words[quoted] ?? 0) & 0x0f) * 2;
    const sender = this.addressAt;
    this.kind = kind;
    this.addressAt = quoted + 8;
    this.isFromTarget = isSame(words, sender, this.addressAt, 2);
    return payload >= quoted + 10 && this.#readQuoted(words, payload, end, (words[quoted + 4] ?? 0) >>> 8);
  }

  #readIcmp6(words: Uint16Array, at: number, end: number): boolean {
    const head = words[at] ?? 0;
    const kind = icmp6Kind(head & 0xff, head >>> 8);
    const quoted = at + 4;
    if (kind === undefined || quoted + 20 > end) return false;
    const sender = this.addressAt;
    this.kind = kind;
    this.addressAt = quoted + 12;
    this.isFromTarget = isSame(words, sender, this.addressAt, 8);
    return this.#readQuoted(words, quoted + 20, end, (words[quoted + 3] ?? 0) & 0xff);
  }

  /** The first 8 bytes of our own probe, as a router saw it. */
  #readQuoted(words: Uint16Array, at: number, end: number, protocol: number): boolean {
    if (at + 4 > end || (protocol !== TCP && protocol !== UDP)) return false;
    this.isTcp = protocol === TCP;
    this.localPort = swap16(words[at] ?? 0);
    this.remotePort = swap16(words[at + 1] ?? 0);
    this.number = numberAt(words, at + 2);
    return true;
  }
}

function icmpKind(type: number, code: number): ReplyKind | undefined {
  if (type === 3) return ICMP_UNREACHABLE[code];
  return type === 11 ? 'ttl-exceeded' : undefined;
}

function icmp6Kind(type: number, code: number): ReplyKind | undefined {
  if (type === 1) return ICMP6_UNREACHABLE[code];
  if (type === 3) return 'ttl-exceeded';
  return type === 4 && code === 1 ? 'proto-unreach' : undefined;
}

/** Four bytes in network order, as a signed number. */
function numberAt(words: Uint16Array, at: number): number {
  return (swap16(words[at] ?? 0) << 16) | swap16(words[at + 1] ?? 0);
}

function isSame(words: Uint16Array, a: number, b: number, count: number): boolean {
  for (let word = 0; word < count; word += 1) if (words[a + word] !== words[b + word]) return false;
  return true;
}
