import type { Plan, Probe } from '#domain/scans/plan.js';
import type { Clock } from '#domain/time/clock.js';
import { nameOfErrno } from '#net/native/libc/libc.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import type { AddressGate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';
import { Parking } from '#scan/connect/parked-positions.js';
import type { Lanes } from '#scan/raw-engine/lanes.js';
import { BATCH_FRAMES, type TxBatch, type Unsent } from '#scan/raw-engine/tx-batch.js';
import {
  type HostTable,
  LINK_DOWN,
  NO_GATEWAY,
  NO_OWNER,
  NO_ROUTE,
  SOUGHT,
} from '#scan/raw-hosts/host-table.js';
import type { Impostors } from '#scan/raw-hosts/raw-impostors.js';
import type { Timeouts } from '#scan/raw-hosts/timeouts.js';
import { IntQueue } from '#scan/raw-probes/int-queue.js';
import { ProbeWriter } from '#scan/raw-probes/probe-writer.js';
import type { SourcePorts } from '#scan/raw-probes/source-ports.js';
import { UNOWNED, UNRESOLVED } from '#scan/raw-probes/verdict.js';
import type { Piece, Window } from '#scan/raw-probes/window.js';
import { NO_ROUND_TRIP, type OutcomeCode, SKIPPED, unprobedCode } from '#scan/results/completed-chunk.js';

/** Positions put aside because their host has had its share, while others are asked. */
export const MAX_PARKED_POSITIONS = 4_096;
/** Positions looked at for one batch, those that need no packet counted in. */
const MAX_POSITIONS_EXAMINED = 4_096;

export interface ProbingOptions {
  readonly plan: Plan;
  readonly window: Window;
  readonly timeouts: Timeouts;
  readonly impostors: Impostors;
  readonly lanes: Lanes;
  readonly ports: SourcePorts;
  readonly gate: AddressGate;
  readonly pace: Pace;
  readonly clock: Clock;
}

interface Parked {
  readonly slot: number;
  readonly position: number;
  readonly probe: Probe;
  readonly dueMs: number;
}

/** What comes of an address that no packet leaves for; of a neighbour that is silent something else. */
const WITHOUT_LANE: ReadonlyMap<number, OutcomeCode> = new Map([
  [NO_ROUTE, unprobedCode('ENETUNREACH')],
  [LINK_DOWN, unprobedCode('ENETDOWN')],
  [NO_GATEWAY, unprobedCode('NO_GATEWAY')],
  [NO_OWNER, UNOWNED],
]);

type Probed = 'written' | 'completed' | 'parked' | 'paused';

/**
 * From slots to frames on the wire:
 *
 *     held ─┐
 *     again ┼─> gate ─> way ─> pace ─> frame ─> batch ─> kernel ─> waiting
 *    parked ┤    │       │       │                         │
 *     fresh ┘    skipped aside   held, parked              └─ no room: again
 *
 * What is put aside because its host's neighbour is being looked for comes back by `again`.
 */
export class Probing {
  /** Slots to be asked once more. */
  readonly again: IntQueue;
  readonly #options: ProbingOptions;
  readonly #parking = new Parking<Parked>();
  readonly #writer: ProbeWriter;
  #held = -1;
  #heldUntilMs = 0;
  #current: Piece | undefined;
  #version = 0;
  #sent = 0;
  bufferFullCount = 0;

  constructor(options: ProbingOptions) {
    this.#options = options;
    this.#writer = new ProbeWriter(options.ports);
    this.again = new IntQueue(options.window.slotCount);
  }

  /** Until when the pace lets nothing go. */
  get heldUntilMs(): number {
    return this.#heldUntilMs;
  }

  /** Sends up to `limit` probes, a batch at most; how many went. Throws NativeCallError. */
  send(limit: number, nowMs: number): number {
    // Where the pace is free nobody else would hold them.
    if (this.#options.gate.freshness.isOver) return 0;
    const most = Math.min(limit, BATCH_FRAMES, this.#options.timeouts.capacity);
    this.#version = Atomics.load(this.#options.gate.version, 0);
    this.#sent = 0;
    let written = 0;
    for (let polls = 0; written < most && polls < MAX_POSITIONS_EXAMINED; polls += 1) {
      const slot = this.#next(nowMs);
      if (slot < 0) break;
      // Answered since it was put aside, and perhaps handed over: there is nothing to ask any more.
      if (!this.#options.window.isWaiting(slot)) continue;
      const probed = this.#sendProbe(slot, nowMs);
      if (probed === 'written') written += 1;
      else if (probed === 'paused') break;
    }
    if (written > 0) this.#flush();
    return this.#sent;
  }

  /** Nothing that waits to be asked will be. */
  clear(): void {
    this.again.clear();
    this.#parking.clear();
    this.#held = -1;
  }

  #next(nowMs: number): number {
    if (this.#held >= 0) {
      if (nowMs < this.#heldUntilMs) return -1;
      const slot = this.#held;
      this.#held = -1;
      return slot;
    }
    const again = this.again.shift();
    if (again >= 0) return again;
    if (this.#parking.size > 0) {
      const parked = this.#parking.takeDue(nowMs);
      if (parked !== undefined) return parked.slot;
      if (this.#parking.size >= MAX_PARKED_POSITIONS) return -1;
    }
    return this.#fresh();
  }

  #fresh(): number {
    const { window } = this.#options;
    const current = this.#current;
    if (current !== undefined && current.issued < current.end - current.first) return window.issue(current);
    this.#current = window.pieces.find(
      ({ block, issued, first, end }) => block.isReady && issued < end - first,
    );
    return this.#current === undefined ? -1 : window.issue(this.#current);
  }

  #sendProbe(slot: number, nowMs: number): Probed {
    const { window, plan, lanes } = this.#options;
    if (slot >= window.firstSpare) return this.#probeCanary(slot, nowMs);
    const piece = window.pieceOf(slot);
    if (piece === undefined) throw new RangeError(`slot ${slot} belongs to no piece`);
    const { hosts } = piece.block;
    const portCount = plan.ports.numbers.length;
    const index = window.indexes[slot] ?? 0;
    const host = Math.floor(index / portCount);
    if (hosts.gateVersion !== this.#version) this.#resolveHost(hosts);
    if (hosts.permitted[host] !== 1) return this.#complete(slot, SKIPPED);
    const laneNumber = hosts.lanes[host] ?? NO_ROUTE;
    if (laneNumber === SOUGHT) {
      piece.block.putAside(host, slot);
      return 'parked';
    }
    const lane = lanes.all[laneNumber];
    if (lane === undefined) return this.#complete(slot, WITHOUT_LANE.get(laneNumber) ?? UNRESOLVED);
    const place = index - host * portCount;
    if (place >= plan.ports.tcpCount) {
      const dueMs = piece.block.unreachableLimit.take(host, nowMs);
      if (dueMs !== undefined) return this.#park(slot, dueMs);
    }
    if (hosts.free[host] !== 1) {
      const held = this.#hold(slot, nowMs);
      if (held !== undefined) return held;
    }
    const target = { lane, to: { hosts, host, port: plan.ports.numbers[place] ?? 0 } };
    if (place < plan.ports.tcpCount) this.#writer.writeTcp(slot, window.attempts[slot] ?? 0, target);
    else this.#writer.writeUdp(slot, window.attempts[slot] ?? 0, target);
    return hosts.free[host] === 1 ? 'written' : this.#sendAtOnce();
  }

  #probeCanary(slot: number, nowMs: number): Probed {
    const { impostors, lanes } = this.#options;
    const canary = impostors.canaryAt(slot);
    if (canary === undefined || !impostors.mayProbe(canary)) return 'completed';
    const { block, host } = canary.suspect;
    const { hosts } = block;
    if (hosts.gateVersion !== this.#version) this.#resolveHost(hosts);
    const lane = lanes.all[hosts.lanes[host] ?? NO_ROUTE];
    if (hosts.permitted[host] !== 1 || lane === undefined) {
      impostors.refused(canary);
      return 'completed';
    }
    const held = hosts.free[host] === 1 ? undefined : this.#hold(slot, nowMs);
    if (held !== undefined) {
      canary.isQueued = true;
      return held;
    }
    const to = { hosts, host, port: canary.probe.port };
    this.#writer.writeTcp(slot, this.#options.window.attempts[slot] ?? 0, { lane, to });
    impostors.probed(canary);
    return hosts.free[host] === 1 ? 'written' : this.#sendAtOnce();
  }

  /**
   * What the pace has charged leaves before the next is charged. In batches packets left up to 25 ms after they were
   * charged, and 100 ms on the wire then held more than a budget allows.
   */
  #sendAtOnce(): Probed {
    const before = this.#sent;
    this.#flush();
    return this.#sent > before ? 'written' : 'paused';
  }

  /** Asks the gate about every host of a block, once for each version of the gate. */
  #resolveHost(hosts: HostTable): void {
    const { gate } = this.#options;
    for (const [host, address] of hosts.addresses.entries())
      hosts.permitted[host] = gate.permits(address) ? 1 : 0;
    hosts.gateVersion = this.#version;
  }

  /** Undefined when the pace has charged the packet, which may go. */
  #hold(slot: number, nowMs: number): Probed | undefined {
    const { pace } = this.#options;
    const wait = pace.take(this.#probeOf(slot).address);
    if (wait === undefined) return undefined;
    const dueMs = nowMs + wait.delayMs;
    if (wait.scope === 'host') return this.#park(slot, dueMs);
    this.#held = slot;
    this.#heldUntilMs = dueMs;
    return 'paused';
  }

  #park(slot: number, dueMs: number): Probed {
    const { window, impostors } = this.#options;
    const position = impostors.canaryAt(slot)?.position ?? window.positionOf(slot);
    this.#parking.park({ slot, position, probe: this.#probeOf(slot), dueMs });
    return 'parked';
  }

  /** From the open block: a plan keeps one block open only, and here several take turns. */
  #probeOf(slot: number): Probe {
    const { window, plan, impostors } = this.#options;
    const canary = impostors.canaryAt(slot);
    if (canary !== undefined) return canary.probe;
    const cell = window.indexes[slot] ?? 0;
    const { numbers, tcpCount } = plan.ports;
    const host = Math.floor(cell / numbers.length);
    const place = cell - host * numbers.length;
    const address = window.pieceOf(slot)?.block.hosts.addresses[host];
    if (address === undefined) throw new RangeError(`slot ${slot} belongs to no host`);
    return { address, protocol: place < tcpCount ? 'tcp' : 'udp', port: numbers[place] ?? 0 };
  }

  #complete(slot: number, outcome: OutcomeCode): Probed {
    this.#options.window.complete(slot, outcome, this.#options.clock.now(), NO_ROUND_TRIP);
    return 'completed';
  }

  #flush(): void {
    for (const { tcp, udp } of this.#options.lanes.all) {
      if (tcp.count > 0) this.#flushBatch(tcp);
      if (udp.count > 0) this.#flushBatch(udp);
    }
  }

  #flushBatch(batch: TxBatch): void {
    const { gate, clock } = this.#options;
    const { count } = batch;
    const atMicroseconds = (clock.monotonic() * 1_000) | 0;
    // Another thread may have excluded an address while the batch was built, or the process stood still.
    const isCurrent = Atomics.load(gate.version, 0) === this.#version && !gate.freshness.isOver;
    const flushed = isCurrent
      ? batch.flush()
      : { sent: 0 * batch.discard(), isBufferFull: false, unsent: [] };
    if (typeof flushed === 'number') throw new NativeCallError('sendmmsg', nameOfErrno(-flushed));
    if (flushed.isBufferFull) this.bufferFullCount += 1;
    this.#entered(batch, flushed.sent, atMicroseconds);
    for (const one of flushed.unsent) this.#wasNotSent(one);
    for (let at = flushed.sent; at < count; at += 1) this.again.push(batch.slots[at] ?? 0);
    this.#sent += flushed.sent;
  }

  /** The kernel knew of no way: nothing left, so nothing is counted as sent, nor anybody asked. A canary is silent in time. */
  #wasNotSent({ slot, unreachable }: Unsent): void {
    const { window } = this.#options;
    if (slot >= window.firstSpare) return;
    window.attempts[slot] = Math.max(0, (window.attempts[slot] ?? 0) - 1);
    if (window.isWaiting(slot)) this.#complete(slot, unprobedCode(unreachable));
  }

  #entered({ slots }: TxBatch, sent: number, atMicroseconds: number): void {
    const { window, timeouts } = this.#options;
    for (let at = 0; at < sent; at += 1) {
      const slot = slots[at] ?? 0;
      window.attempts[slot] = (window.attempts[slot] ?? 0) + 1;
      window.sentAtMicroseconds[slot] = atMicroseconds;
      timeouts.push(slot, atMicroseconds);
    }
  }
}
