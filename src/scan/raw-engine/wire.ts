import type { Address, AddressFamily } from '#domain/addresses/address.js';
import type { Link, Received, Route } from '#net/native/links/routes.js';
import type { PortSpan } from '#net/native/sockets/socket-filter.js';

/** The kernel's numbers for them; see `Wire.send`. */
export const ENETDOWN = 100;
export const EHOSTUNREACH = 113;

/** Messages that a wire takes and fills; see `MessageVector`. */
export interface Messages {
  readonly capacity: number;
  readonly strideBytes: number;
  readonly bytes: Uint8Array;
  readonly words: Uint16Array;
  setLength(at: number, byteCount: number): void;
  receivedLength(at: number): number;
  free(): void;
}

export interface MessagesRequest {
  readonly capacity: number;
  readonly strideBytes: number;
  /** Messages are either sent or received. */
  readonly use: 'send' | 'receive';
}

/** Where the frames of one address family leave through one interface, and where the replies come in. */
export interface Wire {
  readonly link: Link;
  readonly family: AddressFamily;
  messages(input: MessagesRequest): Messages;
  /**
   * Hands over messages `first` up to `end`; how many were taken, or the kernel's error number, negative.
   * -EHOSTUNREACH is about the first of them alone: nothing leads to its address, and the others may be sent.
   * -ENETDOWN is about all of them: the interface was switched off.
   */
  send(messages: Messages, first: number, end: number): number;
  /** Takes what has come in; how many, or the kernel's error number, negative. */
  receive(messages: Messages): number;
  /** Replies the kernel dropped for want of room. */
  droppedCount(): number;
  /** Rests until something comes in, or so long. */
  wait(timeoutMs: number): void;
  close(): void;
}

/** What the raw engines need of the machine. All may throw NativeCallError. */
export interface RawNetwork {
  route(address: Address): Route | undefined;
  link(interfaceIndex: number): Link | undefined;
  neighbors(
    interfaceIndex: number,
    family: AddressFamily,
    received: Received,
  ): ReadonlyMap<bigint, Uint8Array>;
  openWire(link: Link, family: AddressFamily, ports: PortSpan): Wire;
  /** Frames that ask who has an address, and what comes back. */
  openNeighborWire(link: Link, family: AddressFamily): Wire;
  close(): void;
}
