import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { formatAddress } from '#domain/addresses/address.js';
import type { Probe } from '#domain/scans/plan.js';
import { isSelfConnection } from '#net/probe/ports/tcp-connect.js';
import type { Gate } from '#net/send/gate.js';

/** How often a conversation is held against the gate while nothing is sent: the kernel acknowledges by itself. */
export const GATE_CHECK_INTERVAL_MS = 50;

export interface ConversationOptions {
  readonly gate: Gate;
  readonly probe: Probe;
  /** For all of it, the connecting included. */
  readonly timeoutMs: number;
  /** Bytes from the network; one more ends it. */
  readonly maxBytes: number;
}

/** Why a conversation was ended from this side. */
export const CONVERSATION_ENDS = ['refused', 'stale', 'timeout', 'too-much', 'no-answer', 'stopped'] as const;
export type ConversationEnd = (typeof CONVERSATION_ENDS)[number];

export class ConversationError extends Error {
  readonly end: ConversationEnd;

  constructor(end: ConversationEnd) {
    super(`the conversation ended: ${end}`);
    this.end = end;
  }
}

/**
 * A TCP connection to an open port over which something is said. It has a permit for its connecting and for each thing
 * it says, and ends at once when the gate refuses its address meanwhile, when the exclusions are too old to send by, or
 * when its time or its bytes are used up. Whatever goes wrong is told as an error of the stream.
 */
export class Conversation extends Duplex {
  readonly #options: ConversationOptions;
  readonly #socket = new Socket();
  readonly #deadline: NodeJS.Timeout;
  readonly #gateChecks: NodeJS.Timeout;
  #received = 0;
  #hasEnded = false;

  /** Connects in the very turn it is called in. */
  constructor(options: ConversationOptions) {
    super();
    this.#options = options;
    this.#deadline = setTimeout(() => this.#end('timeout'), options.timeoutMs);
    this.#gateChecks = setInterval(() => this.#checkGate(), GATE_CHECK_INTERVAL_MS);
    this.#listen();
    const permit = this.#permit();
    if (permit === undefined) return;
    const { address, port } = permit.probe;
    this.#socket.connect({ host: formatAddress(address), port, autoSelectFamily: false });
  }

  /** Ends it, and with it its packets. */
  stop(): void {
    this.#end('stopped');
  }

  #end(end: ConversationEnd): void {
    this.destroy(new ConversationError(end));
  }

  #checkGate(): void {
    const { gate, probe } = this.#options;
    if (!gate.permits(probe.address)) this.#end('refused');
    else if (gate.freshness.isOver) this.#end('stale');
  }

  #permit() {
    const { gate, probe } = this.#options;
    const permit = gate.freshness.isOver ? undefined : gate.permit(probe);
    if (permit === undefined) this.#end(gate.freshness.isOver ? 'stale' : 'refused');
    return permit;
  }

  #listen(): void {
    const socket = this.#socket;
    socket.once('connect', () => {
      if (isSelfConnection(socket)) this.#end('no-answer');
    });
    socket.on('data', (bytes) => this.#take(bytes));
    socket.once('end', () => {
      this.#hasEnded = true;
      this.push(null);
    });
    socket.on('error', () => this.#end('no-answer'));
    // What it said before it hung up is still to be read.
    socket.once('close', () => {
      if (!this.#hasEnded) this.destroy();
    });
  }

  #take(bytes: Buffer): void {
    this.#received += bytes.length;
    if (this.#received > this.#options.maxBytes) this.#end('too-much');
    else if (!this.push(bytes)) this.#socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    const send = (): void => {
      if (this.#permit() === undefined) done();
      else this.#socket.write(bytes, done);
    };
    if (this.#socket.connecting) this.#socket.once('connect', send);
    else send();
  }

  /** What was said is with the kernel by then; the answer to a farewell is not waited for. */
  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => {
      done();
      this.destroy();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#deadline);
    clearInterval(this.#gateChecks);
    if (error === null) this.#socket.destroy();
    else if (this.#socket.connecting || this.#socket.destroyed) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
    done(error);
  }
}
