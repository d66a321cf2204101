import { counted } from '#domain/text/count-text.js';

/**
 * How much is known of a host, from 0 to 100: five parts of twenty points, none of which counts what another one does.
 * Always told from what is stored at the moment of asking, so that it cannot drift from it.
 */
export const COMPLETENESS_PARTS = ['system', 'ports', 'services', 'identity', 'freshness'] as const;
export type CompletenessPart = (typeof COMPLETENESS_PARTS)[number];

export const POINTS_PER_PART = 20;
export const MAX_COMPLETENESS_SCORE = COMPLETENESS_PARTS.length * POINTS_PER_PART;
/** What was not seen for longer counts as known no more: ports one by one, the host for half its points. */
export const COMPLETENESS_FRESH_DAYS = 30;
/** A host that was seen within so many days is fresh altogether. */
export const RECENTLY_SEEN_DAYS = 7;

const DAY_MS = 86_400_000;
export const COMPLETENESS_FRESH_MS = COMPLETENESS_FRESH_DAYS * DAY_MS;
export const RECENTLY_SEEN_MS = RECENTLY_SEEN_DAYS * DAY_MS;

/**
 * Names that say no more than an address, compared in lower case: an address written out, a number, or the word that a
 * DHCP server or an installation puts there. In the part of regular expressions that PostgreSQL reads alike.
 */
export const EMPTY_NAME =
  '^(localhost|unknown|dhcp|dyn|dynamic|ip|host|client|pool)?[-_.]?[0-9.:_-]*($|[.])|[0-9]{1,3}([-._x][0-9]{1,3}){3}';

const EMPTY = new RegExp(EMPTY_NAME, 'i');

/** Whether a name that was found tells a host from others. */
export function isMoreThanAddress(name: string): boolean {
  return !EMPTY.test(name);
}

/** What the score is told from. */
export interface HostEvidence {
  /** The family or the name of its operating system is known. */
  readonly hasSystem: boolean;
  /** Ports that are known to be open, whenever that was seen. */
  readonly openPorts: number;
  /** Those of them that were seen open within `COMPLETENESS_FRESH_DAYS`, by protocol. */
  readonly freshTcp: number;
  readonly freshUdp: number;
  /** Those of these whose service is known. */
  readonly namedTcp: number;
  readonly namedUdp: number;
  /** Smart scan looked for ports within `COMPLETENESS_FRESH_DAYS` and heard the host, so what it did not find is not there. */
  readonly wasExamined: boolean;
  /** A person named it, or the name that was found says more than its address. */
  readonly hasName: boolean;
  /** Its hardware address is one that somebody assigned, so that it stays. */
  readonly hasAssignedMac: boolean;
  /** An SSH host key or a TLS certificate of it was seen. */
  readonly hasKey: boolean;
  readonly lastSeenMs: number;
}

export interface KnownPart {
  readonly part: CompletenessPart;
  /** 0 to `POINTS_PER_PART`. */
  readonly points: number;
  /** One sentence for people. */
  readonly reason: string;
}

export interface Completeness {
  readonly score: number;
  /** Every part once, in the order of `COMPLETENESS_PARTS`. */
  readonly parts: readonly KnownPart[];
}

/**
 * The score with its reasons. Learning something of what is known to be there never lowers it; a further open port may, as
 * nobody knows yet what listens there.
 */
export function completenessOf(evidence: HostEvidence, nowMs: number): Completeness {
  const parts = COMPLETENESS_PARTS.map((part) => ({ part, ...PARTS[part](evidence, nowMs) }));
  return { score: parts.reduce((sum, { points }) => sum + points, 0), parts };
}

export function pointsOf({ parts }: Completeness, part: CompletenessPart): number {
  return parts.find((known) => known.part === part)?.points ?? 0;
}

type Reported = Omit<KnownPart, 'part'>;
const all = (reason: string): Reported => ({ points: POINTS_PER_PART, reason });
const none = (reason: string): Reported => ({ points: 0, reason });

const PARTS: { readonly [Part in CompletenessPart]: (evidence: HostEvidence, nowMs: number) => Reported } = {
  system: ({ hasSystem }) =>
    hasSystem ? all('Its operating system is known.') : none('Its operating system is not known.'),
  ports: (evidence) => {
    const fresh = freshPorts(evidence);
    if (fresh > 0)
      return all(`${counted(fresh, 'open port')} seen within the last ${COMPLETENESS_FRESH_DAYS} days.`);
    if (hasNoOpenPort(evidence)) return all('It was looked for open ports, and there are none.');
    return none(
      evidence.openPorts > 0
        ? `Its open ports were last seen more than ${COMPLETENESS_FRESH_DAYS} days ago.`
        : 'No open port is known.',
    );
  },
  services: (evidence) => {
    const fresh = freshPorts(evidence);
    const named = evidence.namedTcp + evidence.namedUdp;
    if (fresh > 0)
      return {
        points: Math.floor((POINTS_PER_PART * named) / fresh),
        reason: `What listens is known of ${named} of ${counted(fresh, 'open port')}.`,
      };
    return hasNoOpenPort(evidence)
      ? all('No port is open, so no service is unknown.')
      : none('No open port is known whose service could be.');
  },
  identity: ({ hasName, hasAssignedMac, hasKey }) => {
    if (hasName) return all('It has a name.');
    if (hasAssignedMac) return all('Its hardware address is known, and tells it from others.');
    return hasKey
      ? all('It showed a key or a certificate, which tells it from others.')
      : none('No name that says more than its address is known, no hardware address that stays, and no key.');
  },
  freshness: ({ lastSeenMs }, nowMs) => {
    const ageMs = nowMs - lastSeenMs;
    if (ageMs <= RECENTLY_SEEN_MS) return all(`It was seen within the last ${RECENTLY_SEEN_DAYS} days.`);
    return ageMs <= COMPLETENESS_FRESH_MS
      ? {
          points: POINTS_PER_PART / 2,
          reason: `It was seen within the last ${COMPLETENESS_FRESH_DAYS} days.`,
        }
      : none(`It was not seen for more than ${COMPLETENESS_FRESH_DAYS} days.`);
  },
};

export function freshPorts({ freshTcp, freshUdp }: HostEvidence): number {
  return freshTcp + freshUdp;
}

function hasNoOpenPort({ openPorts, wasExamined }: HostEvidence): boolean {
  return openPorts === 0 && wasExamined;
}
