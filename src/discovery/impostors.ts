import { CELL_ADDRESSES, type Cell } from '#discovery/cells.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import type { HostAnswer } from '#net/probe/hosts/host-probe.js';
import type { Impostor, ImpostorKind } from '#net/probe/hosts/host-response.js';

/** Of the addresses that are nobody else's, so many have to answer the same before they are not believed. */
export const IMPOSTOR_SHARE = 0.95;
/** One MAC address for so many addresses is one machine; one time to live is merely one kind of machine. */
export const MIN_ADDRESSES_OF_ONE_MAC = 16;
export const MIN_ADDRESSES_OF_ONE_TTL = 64;

export interface AnswerAt {
  /** Place in the cell. */
  readonly index: number;
  readonly answer: HostAnswer;
}

export interface Judgement {
  readonly impostor: Impostor | undefined;
  readonly believed: readonly AnswerAt[];
  readonly disbelieved: readonly AnswerAt[];
}

/**
 * Tells hosts from something that answers in their place. Of a cell of 256 with 20 hosts of their own MAC addresses
 * and a router that answers for the other 236, the 20 are believed: what counts is that hardly an address
 * is left for which nobody answers.
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

/** In a full /24 of hosts, its first and last address keep silent; who answers for all answers for them too. */
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
