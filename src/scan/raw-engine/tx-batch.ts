import type { UnreachableCause } from '#domain/scans/unreachable.js';
import { EHOSTUNREACH, ENETDOWN, type Messages, type Wire } from '#scan/raw-engine/wire.js';
import type { HostTable } from '#scan/raw-hosts/host-table.js';
import type { FrameFields, FrameWriter, Payload } from '#scan/raw-probes/frame-writer.js';

/** Frames given to the kernel in one call. */
export const BATCH_FRAMES = 256;

const EAGAIN = 11;
const ENOBUFS = 105;
const ENOMEM = 12;

/** How the kernel took a batch: all, or all but what a full buffer left over. */
export interface Flushed {
  readonly sent: number;
  readonly isBufferFull: boolean;
  /** Of those counted as sent what did not leave, as the kernel said. */
  readonly unsent: readonly Unsent[];
}

export interface Unsent {
  readonly slot: number;
  readonly unreachable: UnreachableCause;
}

/** Frames of one protocol for one wire, and the slots they are for. */
export class TxBatch {
  readonly slots = new Int32Array(BATCH_FRAMES);
  readonly #wire: Wire;
  readonly #messages: Messages;
  readonly #writer: FrameWriter;
  #count = 0;

  constructor(wire: Wire, messages: Messages, writer: FrameWriter) {
    this.#wire = wire;
    this.#messages = messages;
    this.#writer = writer;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === BATCH_FRAMES;
  }

  addTcp(slot: number, to: { readonly hosts: HostTable; readonly host: number }, fields: FrameFields): void {
    this.#writer.writeTcp(this.#count, to, fields);
    this.slots[this.#count++] = slot;
  }

  addUdp(
    slot: number,
    to: { readonly hosts: HostTable; readonly host: number },
    fields: FrameFields & { readonly payload: Payload },
  ): void {
    this.#writer.writeUdp(this.#count, to, fields);
    this.slots[this.#count++] = slot;
  }

  /** Sends what it can of the batch, which is empty afterwards. The kernel's error number, negative, when it refuses. */
  flush(): Flushed | number {
    const count = this.#count;
    this.#count = 0;
    const unsent: Unsent[] = [];
    let sent = 0;
    while (sent < count) {
      const taken = this.#wire.send(this.#messages, sent, count);
      if (taken === -EAGAIN || taken === -ENOBUFS || taken === -ENOMEM)
        return { sent, isBufferFull: true, unsent };
      if (taken < 0 && taken !== -EHOSTUNREACH && taken !== -ENETDOWN) return taken;
      const end = taken === -ENETDOWN ? count : sent + Math.max(1, taken);
      const unreachable = taken === -ENETDOWN ? 'ENETDOWN' : 'EHOSTUNREACH';
      if (taken < 0) for (const slot of this.slots.subarray(sent, end)) unsent.push({ slot, unreachable });
      sent = end;
    }
    return { sent, isBufferFull: false, unsent };
  }

  /** Forgets frames that were built and may no longer be sent. */
  discard(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  free(): void {
    this.#messages.free();
  }
}
