import { errnoName, loadLibc } from '#native/libc.js';
import { NativeCallError } from '#native/native-call-error.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_RAW = 255;

/**
 * A descriptor for whole IP packets that the kernel routes. This machine's own addresses are asked through it:
 * the kernel takes a frame put straight on `lo` for a forgery (a martian) and drops it. Needs CAP_NET_RAW.
 * Throws NativeCallError.
 */
export function openRawIpSocket(family: 4 | 6): number {
  const fd = loadLibc().socket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  if (fd < 0) throw new NativeCallError('socket', errnoName());
  return fd;
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
