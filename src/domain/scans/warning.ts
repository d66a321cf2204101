import { isUnreachable, unreachableText } from '#domain/scans/unreachable.js';
import { counted, grouped } from '#domain/text/count-text.js';

/** What a sweep for hosts tells of those who are no hosts, and of itself. */
export const DISCOVERY_WARNING_KINDS = [
  'proxy-arp',
  'proxy-ndp',
  'answers-for-all',
  'method-missing',
  'not-probed',
] as const;
/** What the asking of ports tells of a host: reasons of its ports. */
export const HOST_WARNING_KINDS = ['answers-all', 'tarpit'] as const;
/** Kinds that are stored by themselves; the others are told from what is stored of ports. */
export const STORED_WARNING_KINDS = [...DISCOVERY_WARNING_KINDS, 'excluded'] as const;
/** What a run that asked for hosts made of those it missed. */
export const STATUS_CHANGE_WARNING_KINDS = ['host-down', 'host-gone'] as const;
export const WARNING_KINDS = [
  ...STORED_WARNING_KINDS,
  ...HOST_WARNING_KINDS,
  ...STATUS_CHANGE_WARNING_KINDS,
] as const;
export type WarningKind = (typeof WARNING_KINDS)[number];

/** Why an address was not asked for which there were methods for neighbours alone, when it is none of this machine. */
export const NO_NEIGHBOR = 'NO_NEIGHBOR';

/** Begins the reason of a lack of names: `UNANSWERED`, `REFUSED`, `EXCLUDED` or the system's name for what failed follows. */
export const NAMES_LACK = 'NAMES_';

interface Counts {
  readonly answered: number;
  readonly probed: number;
}

/** Something that is to be known when the results of a scan are read. */
export interface DiscoveryWarning {
  readonly kind: (typeof DISCOVERY_WARNING_KINDS)[number];
  /** A range of addresses, or a method with its family: `arp IPv4`. Of `not-asked`, why: `ENETUNREACH`. */
  readonly subject: string;
  /**
   * What the answers have in common: a MAC address, `ttl 64`. Or the system's name for what is missing: `EPERM`. Of
   * `not-asked` a range of addresses that it is so of.
   */
  readonly detail: string;
  /** Addresses; null with `method-missing` and `not-asked`. */
  readonly counts: Counts | null;
}
export interface HostWarning {
  readonly kind: (typeof HOST_WARNING_KINDS)[number];
  /** An address. */
  readonly subject: string;
}
/** Hosts that are what they are since this run. */
export interface StatusChangeWarning {
  readonly kind: (typeof STATUS_CHANGE_WARNING_KINDS)[number];
  /** The first of their addresses. */
  readonly subject: string;
  /** Their first addresses, that one too, at least one. */
  readonly addresses: readonly string[];
  readonly hosts: number;
}
/** Targets of the scan that a stored exclusion kept from being asked, from its begin or from some moment on. */
export interface ExclusionWarning {
  readonly kind: 'excluded';
  /** An address, a network or a range: the exclusion as it is stored. */
  readonly subject: string;
  /** For whom, by whom, why and since when. */
  readonly detail: string;
  /** What came of the plan there; absent where it is not known, as before the end. */
  readonly leftOut?: LeftOut | undefined;
}
export interface LeftOut {
  readonly planned: number;
  readonly unprobed: number;
  /** It asks each address once, and no ports. */
  readonly isDiscovery: boolean;
}
export type Warning = DiscoveryWarning | HostWarning | StatusChangeWarning | ExclusionWarning;

/** The remark as one sentence. */
export function warningText(warning: Warning): string {
  const { subject } = warning;
  if ('addresses' in warning) return statusChangeText(warning);
  if (!('detail' in warning))
    return `${subject} answers on every port (a firewall or tarpit in its place); its ports are not counted as open.`;
  if (warning.kind === 'excluded') return exclusionText(warning);
  const { kind, detail, counts } = warning;
  if (kind === 'method-missing') return `Hosts were not looked for by ${subject}: ${lackText(detail)}.`;
  if (kind === 'not-probed' && subject.startsWith(NAMES_LACK))
    return `The names of ${detail} and its like were not found out: ${resolverFailureText(subject, 'the resolver')}.`;
  if (kind === 'not-probed')
    return `${detail} and its like could not be probed from here: ${unprobedText(subject)}.`;
  const probed = counts === null ? '' : ` (${counts.answered} of ${counts.probed} addresses probed)`;
  return `${IMPOSTOR_TEXTS[kind](detail)} ${subject}${probed}; that alone proves no host.`;
}

function statusChangeText({ kind, addresses, hosts }: StatusChangeWarning): string {
  const status = kind === 'host-down' ? 'down' : 'gone';
  const are = hosts === 1 ? 'is' : 'are';
  const rest = hosts - addresses.length;
  const who = `${addresses.join(', ')}${rest > 0 ? ` and ${grouped(rest)} more` : ''}`;
  return `${counted(hosts, 'host')} ${are} ${status} since this run, which missed ${hosts === 1 ? 'it' : 'them'} once more: ${who}.`;
}

/** In the past: it may be taken back by now, and by a scan that is resumed what is left there is asked then. */
function exclusionText({ subject, detail, leftOut }: ExclusionWarning): string {
  return `${subject} was excluded ${detail}; no packet went there while it was${leftOut === undefined ? '' : `, and ${leftOutText(leftOut)}`}.`;
}

function leftOutText({ planned, unprobed, isDiscovery }: LeftOut): string {
  const noun = isDiscovery ? 'address' : 'probe';
  const all = planned === 1 ? `the one ${noun}` : `all ${counted(planned, noun)}`;
  if (unprobed === 0) return `${all} planned there ${wasOrWere(planned)} asked before or after`;
  if (unprobed === planned) return `${all} planned there ${wasOrWere(planned)} ${MISSED}`;
  const some = grouped(unprobed);
  return `of ${counted(planned, noun)} planned there ${some} ${wasOrWere(unprobed)} ${MISSED}`;
}

/** What came of probes to what is excluded: what was under way when the exclusion came is not waited for. */
export const MISSED = 'left out or cut short';

const wasOrWere = (count: number) => (count === 1 ? 'was' : 'were');

/** What the system's name for a lack means, where it is the one that people meet. */
function lackText(code: string): string {
  return code === 'EPERM' ? 'this program may not send raw packets (EPERM)' : code;
}

/** The same of what kept addresses from being asked. */
function unprobedText(code: string): string {
  if (code === NO_NEIGHBOR)
    return 'they are not on a link of this machine, and no method was selected that reaches further';
  return isUnreachable(code) ? unreachableText(code) : code;
}

/** Why a name was not found out; `resolver` is whom was asked, and the code that of a lack. */
export function resolverFailureText(lack: string, resolver: string): string {
  const code = lack.slice(NAMES_LACK.length);
  if (code === 'UNANSWERED') return `${resolver} did not respond`;
  if (code === 'REFUSED') return `${resolver} refused the query`;
  if (code === 'EXCLUDED') return `${resolver} is excluded, so no packet goes there`;
  if (code === 'ECONNREFUSED') return `no response from ${resolver} (${code})`;
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return `no route leads to ${resolver} (${code})`;
  return `${resolver} could not be queried (${code})`;
}

const IMPOSTOR_TEXTS: Readonly<
  Record<Exclude<DiscoveryWarning['kind'], 'method-missing' | 'not-probed'>, (detail: string) => string>
> = {
  'proxy-arp': (mac) => `One machine (${mac}) answers ARP for`,
  'proxy-ndp': (mac) => `One machine (${mac}) answers neighbour solicitations for`,
  'answers-for-all': (signature) => `Something in between (${signature}) responds for all of`,
};
