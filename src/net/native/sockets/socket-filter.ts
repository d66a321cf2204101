/** One instruction of the kernel's packet filter (classic BPF). */
export interface FilterInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_HALF_INDEXED = 0x48;
/** X becomes the length of the IPv4 header. */
const LOAD_IPV4_HEADER_LENGTH = 0xb1;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_GREATER = 0x25;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMP6 = 58;
const COMPLETE = 0x4_0000;

export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

/**
 * Lets through what may be a reply to a probe from one of these source ports: TCP and UDP to them, and the ICMP
 * errors, whose quotation the reader checks. `linkBytes` is what precedes the IP header in a packet.
 */
export function replyFilter(
  family: 4 | 6,
  { first, last }: PortSpan,
  linkBytes: number = ETHERNET_BYTES,
): FilterInstruction[] {
  return family === 4 ? ipv4Filter(first, last, linkBytes) : ipv6Filter(first, last, linkBytes);
}

function ipv4Filter(first: number, last: number, at: number): FilterInstruction[] {
  return [
    statement(LOAD_BYTE, at + 9),
    jump(JUMP_EQUAL, ICMP, 9, 0),
    jump(JUMP_EQUAL, TCP, 1, 0),
    jump(JUMP_EQUAL, UDP, 0, 6),
    statement(LOAD_HALF, at + 6),
    // Only a first fragment has ports.
    jump(JUMP_ANY_BIT, 0x1fff, 4, 0),
    statement(LOAD_IPV4_HEADER_LENGTH, at),
    statement(LOAD_HALF_INDEXED, at + 2),
    jump(JUMP_GREATER_OR_EQUAL, first, 0, 1),
    jump(JUMP_GREATER, last, 0, 1),
    statement(RETURN, 0),
    statement(RETURN, COMPLETE),
  ];
}

function ipv6Filter(first: number, last: number, at: number): FilterInstruction[] {
  return [
    statement(LOAD_BYTE, at + 6),
    jump(JUMP_EQUAL, ICMP6, 6, 0),
    jump(JUMP_EQUAL, TCP, 1, 0),
    jump(JUMP_EQUAL, UDP, 0, 3),
    statement(LOAD_HALF, at + IPV6_BYTES + 2),
    jump(JUMP_GREATER_OR_EQUAL, first, 0, 1),
    jump(JUMP_GREATER, last, 0, 1),
    statement(RETURN, 0),
    statement(RETURN, COMPLETE),
  ];
}

function statement(code: number, k: number): FilterInstruction {
  return { code, jt: 0, jf: 0, k };
}

function jump(code: number, k: number, jt: number, jf: number): FilterInstruction {
  return { code, jt, jf, k };
}

/** Lets through who says where he is: ARP replies, or IPv6 neighbor advertisements. */
export function neighborFilter(family: 4 | 6): FilterInstruction[] {
  const [at, wanted] = family === 4 ? [ETHERNET_BYTES + 7, 2] : [ETHERNET_BYTES + IPV6_BYTES, 136];
  return [
    statement(LOAD_BYTE, at),
    jump(JUMP_EQUAL, wanted, 0, 1),
    statement(RETURN, COMPLETE),
    statement(RETURN, 0),
  ];
}
