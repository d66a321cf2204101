import { readFileSync } from 'node:fs';
import { errnoName, libcFunction, loadLibc } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';
import { setsockopt } from '#net/native/sockets/socket-option.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const ADDRESS_BYTES = 28;
const DEFAULT_EPHEMERAL_LAST = 60_999;
const HIGHEST_PORT = 65_535;
const MAX_TRIES = 64;

/** TCP ports that no other program gets while they are held. */
export interface PortReservation {
  readonly first: number;
  release(): void;
}

export interface ReservationRequest {
  /** Ports in a row. */
  readonly count: number;
  /** How many of them, from the first on, are held; the others only lie beside them. */
  readonly held: number;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Ports above those that the kernel hands out by itself. They are bound and never listened on: the kernel then
 * answers what arrives there with a reset, as it does for any closed port, and gives them to nobody. Undefined when
 * none are left.
 */
export function reservePorts({ count, held, random }: ReservationRequest): PortReservation | undefined {
  const lowest = ephemeralLast() + 1;
  const slots = Math.floor((HIGHEST_PORT - lowest + 1) / count);
  const from = slots > 0 ? lowest : HIGHEST_PORT - MAX_TRIES * count;
  const choices = slots > 0 ? slots : MAX_TRIES;
  const start = Math.floor(random() * choices);
  for (let attempt = 0; attempt < Math.min(choices, MAX_TRIES); attempt += 1) {
    const first = from + ((start + attempt) % choices) * count;
    const fds = bindAll(first, held);
    if (fds !== undefined) return { first, release: () => fds.forEach((fd) => loadLibc().close(fd)) };
  }
  return undefined;
}

function ephemeralLast(): number {
  try {
    const [, last] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/);
    return Number(last) || DEFAULT_EPHEMERAL_LAST;
  } catch {
    return DEFAULT_EPHEMERAL_LAST;
  }
}

function bindAll(first: number, count: number): number[] | undefined {
  const fds: number[] = [];
  for (let port = first; port < first + count; port += 1) {
    for (const family of [AF_INET, AF_INET6]) {
      const fd = bindOne(family, port);
      if (fd === 'taken') {
        for (const other of fds) loadLibc().close(other);
        return undefined;
      }
      if (fd !== 'unsupported') fds.push(fd);
    }
  }
  return fds;
}

const bind = libcFunction('int bind(int fd, void *address, unsigned int length)');

function bindOne(family: number, port: number): number | 'taken' | 'unsupported' {
  const libc = loadLibc();
  const fd = libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 'unsupported';
  const address = allocate(ADDRESS_BYTES + 4);
  address.view.setUint16(0, family, true);
  address.view.setUint16(2, port);
  address.view.setInt32(ADDRESS_BYTES, 1, true);
  const option = { pointer: address.pointer + BigInt(ADDRESS_BYTES), byteCount: 4 };
  if (family === AF_INET6) setsockopt(fd, { level: IPPROTO_IPV6, name: IPV6_V6ONLY }, option);
  const isBound = Number(bind(fd, address.pointer, family === AF_INET ? 16 : ADDRESS_BYTES)) === 0;
  const code = isBound ? '' : errnoName();
  address.free();
  if (isBound) return fd;
  libc.close(fd);
  return code === 'EADDRINUSE' || code === 'EACCES' ? 'taken' : 'unsupported';
}
