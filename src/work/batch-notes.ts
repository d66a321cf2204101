import { formatAddress } from '#domain/address.js';
import type { BatchNotes } from '#scan/chunk-notes.js';
import type { BatchRecord } from '#work/batch-record.js';

/** Adds to a record what its chunks told beside the positions. */
export function withNotes(record: BatchRecord, { findings, partial }: BatchNotes): BatchRecord {
  if (findings.length === 0 && partial === undefined) return record;
  return {
    ...record,
    partial,
    findings: findings.map(({ address, observedAtMs, ...found }) => ({
      ...found,
      address: formatAddress(address),
      observedAt: new Date(observedAtMs),
    })),
  };
}
