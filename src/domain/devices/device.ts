/** What speaks for who is behind an address. `src/identity/evidence.ts` says how much. */
export const EVIDENCE_KINDS = [
  'mac',
  'randomized_mac',
  'virtual_mac',
  'ssh_host_key',
  'tls_certificate',
  'name',
  'generic_name',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/**
 * `identified`: something was seen that it can be told by, or a person said so. `provisional`: an address, and nobody knows
 * whose. `floating`: an address that several devices hold in turn.
 */
export const DEVICE_KINDS = ['identified', 'provisional', 'floating'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** What people decide of devices. */
export const DECISION_KINDS = ['merge', 'split', 'dismiss', 'undo'] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** Sightings of a value at one address that are closer together are one time: daily ones are. */
export const EVIDENCE_GAP_MS = 25 * 3_600_000;

/** Randomized MAC addresses that are told of a device. */
const RANDOMIZED_SHOWN = 3;

/** The randomized MAC addresses of evidence that has the newest first; one may make up a new one every day. */
export function randomizedMacs(
  evidence: readonly { readonly kind: EvidenceKind; readonly value: string }[],
): readonly string[] {
  const values = evidence.filter(({ kind }) => kind === 'randomized_mac').map(({ value }) => value);
  return [...new Set(values)].slice(0, RANDOMIZED_SHOWN);
}
