import { formatAddress } from '#domain/addresses/address.js';
import { formatRange } from '#domain/addresses/address-range.js';
import { addRoundTrips, roundTripOf } from '#domain/diff/round-trips.js';
import type { Finding } from '#domain/enrichment/finding.js';
import type { DiscoveryWarning } from '#domain/scans/warning.js';
import {
  type DiscoveryEvents,
  type HostResponse,
  type Impostor,
  isAlive,
  NAME_ONLY,
} from '#net/probe/hosts/host-response.js';
import type { Note } from '#scan/engine/observation-note.js';
import type { UnresponsiveRange } from '#store/hosts/missed-hosts.js';
import type { BatchRecord, FoundValue } from '#work/batches/batch-record.js';
import type { HostEvidence } from '#work/batches/evidence-builder.js';
import { vendorOfMac } from '#work/batches/mac-vendor.js';

const MAX_NAME_CHARACTERS = 255;

/** Adds to a record what was reported beside its positions. */
export function withNotes(record: BatchRecord, notes: readonly Note[]): BatchRecord {
  if (notes.length === 0) return record;
  const discoveries = notes.flatMap((note) => (note.kind === 'discovery' ? [note] : []));
  const findings = notes.flatMap((note) => (note.kind === 'finding' ? [foundValue(note.finding)] : []));
  return {
    ...record,
    partial: notes.find((note) => note.kind === 'partial')?.sentence ?? record.partial,
    evidence: mergedEvidence([
      ...record.evidence,
      ...discoveries.flatMap(({ position, events }) => events.observations.flatMap(evidenceAt(position))),
    ]),
    findings: [
      ...findings,
      ...discoveries.flatMap(({ events }) => events.observations.flatMap(foundByDiscovery)),
    ],
    warnings: [...(record.warnings ?? []), ...discoveries.flatMap(({ events }) => warningsOf(events))],
    unresponsive: discoveries.flatMap(({ events }) => unresponsiveIn(events)),
  };
}

function foundValue({ address, observedAtMs, ...found }: Finding): FoundValue {
  return { ...found, address: formatAddress(address), observedAt: new Date(observedAtMs) };
}

function evidenceAt(position: number) {
  return (observation: HostResponse): HostEvidence[] => {
    const { reason } = observation;
    if (!isAlive(observation) || reason === NAME_ONLY) return [];
    const observedAt = new Date(observation.observedAtMs);
    const roundTrips = roundTripOf(observation.roundTripMicroseconds);
    const seen = { reason, position, observedAt, firstSeen: observedAt, roundTrips };
    return [{ address: formatAddress(observation.address), ...seen }];
  };
}

/** One per address, by its newest observation. Of two with the same time the first is kept. */
function mergedEvidence(all: readonly HostEvidence[]): readonly HostEvidence[] {
  const byAddress = new Map<string, HostEvidence>();
  for (const evidence of all) {
    const known = byAddress.get(evidence.address);
    if (known === undefined) {
      byAddress.set(evidence.address, evidence);
      continue;
    }
    const newest = evidence.observedAt > known.observedAt ? evidence : known;
    const firstSeen = evidence.firstSeen < known.firstSeen ? evidence.firstSeen : known.firstSeen;
    // In a discovery run, the position and the note report the same response.
    const isSame = sameProof(known, evidence);
    const roundTrips = isSame ? known.roundTrips : addRoundTrips(known.roundTrips, evidence.roundTrips);
    byAddress.set(evidence.address, { ...newest, firstSeen, roundTrips });
  }
  return [...byAddress.values()];
}

function sameProof(one: HostEvidence, other: HostEvidence): boolean {
  return one.reason === other.reason && one.observedAt.getTime() === other.observedAt.getTime();
}

/** A name is dropped when it is stored if its address has no host. */
function foundByDiscovery({ address, mac, names = [], reason, observedAtMs }: HostResponse): FoundValue[] {
  const seen = {
    address: formatAddress(address),
    observedAt: new Date(observedAtMs),
    protocol: null,
    port: null,
  };
  const vendor = mac === undefined ? undefined : vendorOfMac(mac);
  // A resolver returns records in any order. Sorting keeps the name the same in every run.
  const [name] = names.filter((text) => text !== '' && text.length <= MAX_NAME_CHARACTERS).sort();
  return [
    ...(mac === undefined ? [] : [{ ...seen, fact: 'mac_address' as const, value: mac, reason }]),
    ...(vendor === undefined ? [] : [{ ...seen, fact: 'vendor' as const, value: vendor, reason: 'OUI' }]),
    ...(name === undefined ? [] : [{ ...seen, fact: 'hostname' as const, value: name, reason: 'PTR' }]),
  ];
}

function unresponsiveIn({ unresponsiveRanges, beganAtMs }: DiscoveryEvents): UnresponsiveRange[] {
  const observedAt = new Date(beganAtMs);
  return unresponsiveRanges.map(({ family, first, last }) => ({
    first: formatAddress({ family, value: first }),
    last: formatAddress({ family, value: last }),
    observedAt,
  }));
}

function warningsOf({ impostors, lacks, methodStatuses }: DiscoveryEvents): DiscoveryWarning[] {
  return [
    ...impostors.map(impostorWarning),
    ...lacks.map(({ code, range }) => ({
      kind: 'not-probed' as const,
      subject: code,
      detail: formatRange(range),
      counts: null,
    })),
    ...methodStatuses.flatMap(({ method, family, missing }) =>
      missing === undefined
        ? []
        : [
            {
              kind: 'method-missing' as const,
              subject: `${method} IPv${family}`,
              detail: missing,
              counts: null,
            },
          ],
    ),
  ];
}

function impostorWarning({ kind, range, signature, answered, probed }: Impostor): DiscoveryWarning {
  return {
    kind: kind === 'answers-all' ? 'answers-for-all' : kind,
    subject: formatRange(range),
    detail: signature,
    counts: { answered, probed },
  };
}
