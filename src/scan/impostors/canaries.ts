import type { Address } from '#domain/addresses/address.js';
import { MAX_PORT } from '#domain/ports/port-set.js';
import { createPermutation } from '#domain/scans/permutation.js';
import type { PlanPorts } from '#domain/scans/plan.js';

/** Canaries ask ports from here up. */
export const FIRST_CANARY_PORT = 1_024;
/** More than one host is ever asked; a plan that leaves fewer ports free does not narrow the choice. */
export const MIN_FREE_PORTS = 256;

const HIGH_PORTS = MAX_PORT + 1 - FIRST_CANARY_PORT;
/** Hosts differ in their canaries, and a host has the same ones each time. */
const SEED = 0x00ca_9a27n;

/** The TCP ports that a plan asks of every host. */
export class PlannedPorts {
  readonly count: number;
  /** So many of them are high. */
  readonly highCount: number;
  readonly #isPlanned = new Uint8Array(MAX_PORT + 1);

  constructor({ numbers, tcpCount }: PlanPorts) {
    const tcp = numbers.subarray(0, tcpCount);
    for (const port of tcp) this.#isPlanned[port] = 1;
    this.count = tcpCount;
    this.highCount = tcp.reduce((count, port) => count + (port >= FIRST_CANARY_PORT ? 1 : 0), 0);
  }

  has(port: number): boolean {
    return this.#isPlanned[port] === 1;
  }
}

/**
 * High ports of a host in an order of its own, without those that the plan asks: what answers there was not asked
 * for by anybody. When the plan asks nearly all of them, any high port serves: a random one is as good.
 */
export function* canaryPorts({ value }: Address, planned: PlannedPorts): Generator<number, undefined> {
  const permute = createPermutation(HIGH_PORTS, SEED ^ value);
  const isNarrow = HIGH_PORTS - planned.highCount < MIN_FREE_PORTS;
  for (let index = 0; index < HIGH_PORTS; index += 1) {
    const port = FIRST_CANARY_PORT + permute(index);
    if (isNarrow || !planned.has(port)) yield port;
  }
}
