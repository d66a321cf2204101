import { errnoName, loadLibc } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import { setsockopt } from '#net/native/sockets/socket-option.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_RAW = 255;
/** SO_BINDTODEVICE, IP_RECVERR and IPV6_RECVERR. */
const BIND_TO_DEVICE = { level: 1, name: 25 };
const RECEIVE_ERRORS = { level: 0, name: 11 };
const RECEIVE_ERRORS_V6 = { level: 41, name: 25 };

/**
 * A descriptor for whole IP packets that the kernel routes. This machine's own addresses are asked through it:
 * the kernel takes a frame put straight on `lo` for a forgery (a martian) and drops it. With the name of an interface
 * all leave through that one. Needs CAP_NET_RAW. Throws NativeCallError.
 */
export function openRawIpSocket(family: 4 | 6, interfaceName?: string): number {
  const fd = loadLibc().socket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  if (fd < 0) throw new NativeCallError('socket', errnoName());
  const code = setUp(fd, family, interfaceName);
  if (code === undefined) return fd;
  loadLibc().close(fd);
  throw new NativeCallError('setsockopt', code);
}

/** The error's name, if the kernel refused. */
function setUp(fd: number, family: 4 | 6, interfaceName: string | undefined): string | undefined {
  // Else the kernel keeps quiet about what a full queue drops. 20,000 probes through a TUN device held to 3 Mbit/s: 5
  // packets were dropped and it took 10 s; without this 18,700 were, and it was not through after 60 s.
  setOption(fd, family === 4 ? RECEIVE_ERRORS : RECEIVE_ERRORS_V6, Uint8Array.of(1, 0, 0, 0));
  if (interfaceName === undefined) return undefined;
  return setOption(fd, BIND_TO_DEVICE, new TextEncoder().encode(`${interfaceName}\0`));
}

function setOption(
  fd: number,
  option: { level: number; name: number },
  bytes: Uint8Array,
): string | undefined {
  const value = allocate(bytes.length);
  value.bytes.set(bytes);
  const result = setsockopt(fd, option, { pointer: value.pointer, byteCount: bytes.length });
  const code = result === 0 ? undefined : errnoName();
  value.free();
  return code;
}

/** Writes the socket address of one destination, given as its 4 or 16 bytes; it counts 16 or 28 bytes. */
export function writeSocketAddress(names: Uint8Array, at: number, address: Uint8Array): void {
  const isIpv4 = address.length === 4;
  names[at] = isIpv4 ? AF_INET : AF_INET6;
  names.set(address, at + (isIpv4 ? 4 : 8));
}

export function socketAddressBytes(family: 4 | 6): number {
  return family === 4 ? 16 : 28;
}
