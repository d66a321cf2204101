import type { Address } from '#domain/addresses/address.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { PortSet } from '#domain/ports/port-set.js';
import type { Protocol, QueriedProtocol } from '#domain/ports/protocol.js';
import { createPermutation } from '#domain/scans/permutation.js';

/** A block has about as many positions: max(MIN_HOSTS_PER_BLOCK, floor(BLOCK_POSITIONS / ports)) hosts × all ports. */
export const BLOCK_POSITIONS = 65_536;
/**
 * So many hosts are asked side by side even on all ports: at the gentle 40 packets/s a host, fewer
 * could not use up the 1,000 packets/s that all hosts share.
 */
export const MIN_HOSTS_PER_BLOCK = 32;
/** Positions are plain numbers. */
export const MAX_PLAN_POSITIONS: number = Number.MAX_SAFE_INTEGER;

/** One question: does this port of this host answer? */
export interface Probe {
  readonly address: Address;
  readonly protocol: Protocol;
  readonly port: number;
}

/**
 * How positions lie inside a block: permuted, so that neighbours ask different hosts; or one host after the other, for
 * who finishes whole hosts, as nmap does: what a stop leaves is then whole hosts, and not a port of each.
 */
export const PLAN_ORDERS = ['scattered', 'by-host'] as const;
export type PlanOrder = (typeof PLAN_ORDERS)[number];

export interface PlanInput {
  readonly targets: AddressSet;
  readonly ports: PortSet;
  /** Its low 64 bits decide the order within blocks. */
  readonly seed: bigint;
  /** Scattered when absent. */
  readonly order?: PlanOrder | undefined;
  /** `hosts`: whether each host is there, one question an address; `ports` counts for nothing then. Ports when absent. */
  readonly probes?: PlanQuestion | undefined;
}

export const PLAN_QUESTIONS = ['ports', 'hosts'] as const;
type PlanQuestion = (typeof PLAN_QUESTIONS)[number];

/**
 * Every (host, port) once, as positions 0 … positions − 1, the same for the same input in every version: a
 * checkpoint is a position. Hosts come in blocks, so that they finish early and what a block needs in memory is
 * bounded; inside a block the order is that of `PlanOrder`.
 *
 *     positions  0 ─────────────┬────────────────┬──────── … ─┐
 *                block 0        │ block 1        │            │ the last block may be smaller
 *                hosts 0 … h−1  │ hosts h … 2h−1 │
 */
export interface Plan {
  readonly positions: number;
  readonly blocks: number;
  /** Hosts of every block but perhaps the last. */
  readonly hostsPerBlock: number;
  blockOf(position: number): number;
  /** Positions of a block, `end` not included. */
  blockRange(block: number): { first: number; end: number };
  /** Cheap while positions stay in one block: its permutation and addresses are kept. Throws RangeError where hosts are asked. */
  locate(position: number): Probe;
  /** The ports of every host, in the order of `PortSet.nth`. */
  readonly ports: PlanPorts;
  /**
   * Where a position lies among host × port of its block, as host · number of ports + port: what `locate` says,
   * in numbers alone. A million of them cost 50 ms, and 140 ms as probes.
   */
  cellOf(position: number): number;
  /** The address of a host of a block, counted from 0. */
  hostAt(block: number, host: number): Address;
  /** What it was made of. */
  readonly input: PlanInput;
  /** A block laid open, for who asks in bulk and several blocks at a time. */
  block(block: number): PlanBlock;
}

/** The probe of position `first + offset` asks port `cell % ports` of host `cell / ports`. */
export interface PlanBlock {
  readonly first: number;
  readonly end: number;
  readonly hosts: readonly Address[];
  cellOf(offset: number): number;
}

export interface PlanPorts {
  /** Where hosts are asked: 0 alone, which stands for the host itself. */
  readonly numbers: Uint16Array;
  /** So many are TCP ports, and what follows is UDP. */
  readonly tcpCount: number;
  /** What a place among them is asked by. */
  protocolOf(index: number): QueriedProtocol;
}

/** Throws `target_empty` when there is nothing to ask, `scan_too_large` beyond MAX_PLAN_POSITIONS. */
export function createPlan(input: PlanInput): Plan {
  const total = input.targets.size * BigInt(questionsPerHost(input));
  if (total === 0n) {
    throw new ScanoramaError('target_empty', 'There is nothing to scan: no address or no port is left.', {
      hint: 'Name at least one address that is not excluded, and one port.',
    });
  }
  if (total > BigInt(MAX_PLAN_POSITIONS)) {
    throw new ScanoramaError(
      'scan_too_large',
      `The scan would send ${total.toLocaleString('en')} probes, and a scan has at most ${MAX_PLAN_POSITIONS.toLocaleString('en')}.`,
      {
        hint: 'Name smaller ranges or fewer ports.',
        facts: { positions: String(total), maximum: MAX_PLAN_POSITIONS },
      },
    );
  }
  return new BlockPlan(input);
}

/**
 * Cuts the plan on block borders into at most `shards` parts of nearly equal size that cover it exactly; there are
 * fewer when there are fewer blocks. Throws RangeError unless `shards` is a whole number from 1.
 */
export function splitIntoShards(plan: Plan, shards: number): { first: number; end: number }[] {
  if (!Number.isInteger(shards) || shards < 1)
    throw new RangeError(`a plan has 1 shard or more, not ${shards}`);
  const count = Math.min(shards, plan.blocks);
  const share = Math.floor(plan.blocks / count);
  const larger = plan.blocks % count;
  return Array.from({ length: count }, (_, shard) => {
    const firstBlock = shard * share + Math.min(shard, larger);
    const lastBlock = firstBlock + share - (shard < larger ? 0 : 1);
    return { first: plan.blockRange(firstBlock).first, end: plan.blockRange(lastBlock).end };
  });
}

function questionsPerHost({ probes: doesProbe, ports }: PlanInput): number {
  return doesProbe === 'hosts' ? 1 : ports.count;
}

function planPorts({ probes: doesProbe, ports }: PlanInput): PlanPorts {
  if (doesProbe === 'hosts') return { numbers: Uint16Array.of(0), tcpCount: 0, protocolOf: () => 'host' };
  const tcpCount = ports.tcp.reduce((count, { first, last }) => count + last - first + 1, 0);
  return {
    numbers: Uint16Array.from({ length: ports.count }, (_, index) => ports.nth(index).port),
    tcpCount,
    protocolOf: (index) => (index < tcpCount ? 'tcp' : 'udp'),
  };
}

interface OpenBlock {
  readonly block: number;
  readonly first: number;
  readonly permute: (index: number) => number;
  readonly firstHost: bigint;
  /** Filled as hosts are met. */
  readonly hosts: Map<number, Address>;
}

class BlockPlan implements Plan {
  readonly positions: number;
  readonly blocks: number;
  readonly hostsPerBlock: number;
  readonly #targets: AddressSet;
  readonly #seed: bigint;
  readonly #blockSize: number;
  readonly ports: PlanPorts;
  readonly input: PlanInput;
  #open: OpenBlock | undefined;

  constructor(input: PlanInput) {
    const { targets, seed } = input;
    const questions = questionsPerHost(input);
    this.input = input;
    this.#targets = targets;
    this.#seed = seed;
    this.ports = planPorts(input);
    this.hostsPerBlock = Math.max(MIN_HOSTS_PER_BLOCK, Math.floor(BLOCK_POSITIONS / questions));
    this.#blockSize = this.hostsPerBlock * questions;
    this.positions = Number(targets.size) * questions;
    this.blocks = Math.ceil(this.positions / this.#blockSize);
  }

  blockOf(position: number): number {
    if (!Number.isInteger(position) || position < 0 || position >= this.positions) {
      throw new RangeError(`no position ${position} in a plan of ${this.positions}`);
    }
    return Math.floor(position / this.#blockSize);
  }

  blockRange(block: number): { first: number; end: number } {
    if (!Number.isInteger(block) || block < 0 || block >= this.blocks) {
      throw new RangeError(`no block ${block} in a plan of ${this.blocks}`);
    }
    const first = block * this.#blockSize;
    return { first, end: Math.min(first + this.#blockSize, this.positions) };
  }

  locate(position: number): Probe {
    const open = this.#openBlock(this.blockOf(position));
    const index = open.permute(position - open.first);
    const portCount = this.ports.numbers.length;
    const host = Math.floor(index / portCount);
    const portIndex = index - host * portCount;
    const protocol = this.ports.protocolOf(portIndex);
    if (protocol === 'host') throw new RangeError('a plan that asks hosts has no ports');
    return {
      address: this.#hostOf(open, host),
      protocol,
      port: this.ports.numbers[portIndex] ?? 0,
    };
  }

  #hostOf(open: OpenBlock, host: number): Address {
    const known = open.hosts.get(host);
    if (known !== undefined) return known;
    const address = this.#targets.nth(open.firstHost + BigInt(host));
    // With one port a host is met once: nothing to keep.
    if (this.ports.numbers.length > 1) open.hosts.set(host, address);
    return address;
  }

  cellOf(position: number): number {
    const open = this.#openBlock(this.blockOf(position));
    return open.permute(position - open.first);
  }

  hostAt(block: number, host: number): Address {
    return this.#hostOf(this.#openBlock(block), host);
  }

  block(block: number): PlanBlock {
    const { first, end } = this.blockRange(block);
    const firstHost = block * this.hostsPerBlock;
    const hostCount = (end - first) / this.ports.numbers.length;
    return {
      first,
      end,
      hosts: Array.from({ length: hostCount }, (_, host) => this.#targets.nth(BigInt(firstHost + host))),
      cellOf: this.#permutationOf(block, end - first),
    };
  }

  #permutationOf(block: number, size: number): (index: number) => number {
    if (this.input.order === 'by-host') return (index) => index;
    // An odd multiplier spreads block numbers over all 64 bits of the seed.
    return createPermutation(size, this.#seed + BigInt(block) * 0x9e37_79b9_7f4a_7c15n);
  }

  #openBlock(block: number): OpenBlock {
    if (this.#open?.block === block) return this.#open;
    const { first, end } = this.blockRange(block);
    this.#open = {
      block,
      first,
      permute: this.#permutationOf(block, end - first),
      firstHost: BigInt(block) * BigInt(this.hostsPerBlock),
      hosts: new Map(),
    };
    return this.#open;
  }
}
