import { CELL_ADDRESSES, type Cell } from '#discovery/cells.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import type { HostAnswer } from '#net/probe/hosts/host-probe.js';
import type { Impostor, ImpostorKind } from '#net/probe/hosts/host-response.js';

/** Share of the addresses without a response of their own that must respond alike to be taken for an impostor. */
export const IMPOSTOR_SHARE = 0.95;
/**
 * One MAC address for this many addresses is one machine; an equal TTL only shows one kind of machine, so needs more.
 */
export const MIN_ADDRESSES_OF_ONE_MAC = 16;
export const MIN_ADDRESSES_OF_ONE_TTL = 64;

export interface AnswerAt {
  /** Index in the cell. */
  readonly index: number;
  readonly answer: HostAnswer;
}

export interface Judgement {
  readonly impostor: Impostor | undefined;
  readonly believed: readonly AnswerAt[];
  readonly disbelieved: readonly AnswerAt[];
}

/**
 * Separates hosts from an impostor that answers in their place. In a cell of 256 with 20 hosts that have MAC addresses
 * of their own and a router that answers for the other 236, the 20 are believed: the sign of an impostor is that hardly
 * an address is left without a response.
 */
export function judge(cell: Cell, probed: readonly number[], answers: readonly AnswerAt[]): Judgement {
  const signature = commonest(answers);
  const same = answers.filter(({ answer }) => signature !== undefined && signatureOf(answer) === signature);
  const unresponsive = probed.length - answers.length;
  const isByMac = same[0]?.answer.mac !== undefined;
  const minimum = isByMac ? MIN_ADDRESSES_OF_ONE_MAC : MIN_ADDRESSES_OF_ONE_TTL;
  const isAll = same.length >= minimum && same.length >= IMPOSTOR_SHARE * (same.length + unresponsive);
  if (signature === undefined || !isAll || (!isByMac && edgesAreUnresponsive(cell, probed, answers))) {
    return { impostor: undefined, believed: answers, disbelieved: [] };
  }
  const impostor = {
    kind: kindOf(cell, isByMac),
    range: rangeOf(cell, same),
    signature,
    answered: same.length,
    probed: probed.length,
  };
  return { impostor, believed: answers.filter((answer) => !same.includes(answer)), disbelieved: same };
}

function kindOf(cell: Cell, isByMac: boolean): ImpostorKind {
  if (!isByMac) return 'answers-all';
  return cell.family === 4 ? 'proxy-arp' : 'proxy-ndp';
}

function signatureOf({ mac, ttl, reason }: HostAnswer): string {
  return mac ?? (ttl === undefined ? reason : `ttl ${ttl}`);
}

function commonest(answers: readonly AnswerAt[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { answer } of answers) {
    const signature = signatureOf(answer);
    counts.set(signature, (counts.get(signature) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** In a full /24 of hosts the first and last address do not respond; an impostor answers for them too. */
function edgesAreUnresponsive(cell: Cell, probed: readonly number[], answers: readonly AnswerAt[]): boolean {
  if (cell.family !== 4 || cell.addresses.length < CELL_ADDRESSES) return false;
  const edges = [0, CELL_ADDRESSES - 1];
  return edges.every((edge) => probed.includes(edge) && !answers.some(({ index }) => index === edge));
}

function rangeOf(cell: Cell, answers: readonly AnswerAt[]): AddressRange {
  const values = answers.map(({ index }) => cell.addresses[index]?.value ?? cell.base);
  return {
    family: cell.family,
    first: values.reduce((a, b) => (a < b ? a : b)),
    last: values.reduce((a, b) => (a > b ? a : b)),
  };
}
