import type { Plan, PlanBlock } from '#domain/scans/plan.js';
import { HostTable } from '#scan/raw-hosts/host-table.js';
import { UnreachableLimit } from '#scan/raw-hosts/unreachable-limit.js';

/** A block of the plan under way. */
export class OpenBlock {
  readonly number: number;
  readonly plan: PlanBlock;
  readonly hosts: HostTable;
  /** Slot of the window by place in the block; says nothing by itself, as slots are used again. */
  readonly slots: Int32Array;
  readonly unreachableLimit: UnreachableLimit;
  /** 1 where what is open is believed at once; see `Impostors`. */
  readonly isBelieved: Uint8Array;
  /** The way to its hosts is known, or being looked for. */
  isReady = false;
  /** Slots of positions put aside until it is known where their host is; no more than the window has. */
  readonly #sought = new Map<number, number[]>();

  constructor(plan: Plan, number: number) {
    this.number = number;
    this.plan = plan.block(number);
    this.hosts = new HostTable(this.plan.hosts);
    this.unreachableLimit = new UnreachableLimit(this.plan.hosts.length);
    this.isBelieved = new Uint8Array(this.plan.hosts.length);
    this.slots = new Int32Array(this.plan.end - this.plan.first);
  }

  putAside(host: number, slot: number): void {
    const slots = this.#sought.get(host);
    if (slots === undefined) this.#sought.set(host, [slot]);
    else slots.push(slot);
  }

  /** What was put aside for the host, which is nothing from now on. */
  takeAside(host: number): readonly number[] {
    const slots = this.#sought.get(host) ?? [];
    this.#sought.delete(host);
    return slots;
  }
}
