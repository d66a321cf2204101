import type { z } from 'zod';
import { presentPage, rowsOf } from '#api/routes/page.js';
import { presentCounts } from '#api/routes/scans/change-counts.js';
import type { ScanChange, ScanDiff, scanDiffQuerySchema } from '#contract/scans/diff.js';
import { comparedOfItself, type ScanChangeKind } from '#domain/diff/scan-change.js';
import type { FindingFact } from '#domain/enrichment/finding.js';
import { findingText } from '#domain/enrichment/finding-text.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { awaitCommittedBefore } from '#store/diff/known-before.js';
import { diffScans, type KnownBefore, type OneSided, type ScanChangeRow } from '#store/diff/scan-diff.js';
import { findBaseOf, findNamedScan, type NamedScan, reducedAmong } from '#store/scans/scan-statistics.js';

/** How long comparing two scans may take. 700,000 rows took 15 s on a machine with many times its share of work. */
const DIFF_TIMEOUT_MS = 120_000;

/**
 * What changed from one scan to another; `not_found`, `not_comparable`, `time_uncommitted`, and `beyond_retention` where some
 * of what one of them was told is stored no more.
 */
export async function readScanDiff(
  executor: Executor,
  uid: string,
  query: z.output<typeof scanDiffQuerySchema>,
): Promise<ScanDiff> {
  await awaitCommittedBefore(executor, await named(executor, uid));
  const { base, scan, diff } = await inSnapshot(
    executor,
    async (snapshot) => {
      const scan = await named(snapshot, uid);
      const base =
        query.against === undefined ? await baseOf(snapshot, scan) : await named(snapshot, query.against);
      assertComparable(base, scan);
      refuseReduced(await reducedAmong(snapshot, [base.id, scan.id]));
      return { base, scan, diff: await diffScans(snapshot, { base, scan }, rowsOf(query)) };
    },
    { statementTimeoutMs: DIFF_TIMEOUT_MS },
  );
  // A month that was dropped meanwhile is in no snapshot any more.
  refuseReduced(await reducedAmong(executor, [base.id, scan.id]));
  return {
    base: presentCompared(base),
    scan: presentCompared(scan),
    counts: presentCounts(diff.counts),
    ...(diff.hostsBack === null ? {} : { hosts_back: diff.hostsBack }),
    not_comparable: { base: presentOneSided(diff.onlyBase), scan: presentOneSided(diff.onlyScan) },
    ...presentPage(query, diff.page.map(presentChange), diff.total),
  };
}

function refuseReduced([uid]: readonly string[]): void {
  if (uid === undefined) return;
  throw new ScanoramaError(
    'beyond_retention',
    `Some of what the scan ${uid} was told is stored no more, so what is missing would look like a difference.`,
    {
      hint: `\`scanorama scans show ${uid}\` says what was removed; compare two scans that are whole.`,
      at: uid,
    },
  );
}

async function named(executor: Executor, uid: string): Promise<NamedScan> {
  const scan = await findNamedScan(executor, uid);
  if (scan === undefined)
    throw new ScanoramaError('not_found', `There is no scan with the id ${uid}.`, { at: uid });
  return scan;
}

async function baseOf(executor: Executor, scan: NamedScan): Promise<NamedScan> {
  const base = await findBaseOf(executor, scan.id);
  if (base !== undefined) return base;
  throw new ScanoramaError('not_comparable', 'No earlier scan was found to compare this one with.', {
    hint: `Name the other scan too. ${comparedOfItself('scan')}`,
    at: scan.uid,
  });
}

function assertComparable(base: NamedScan, scan: NamedScan): void {
  if (base.siteId !== scan.siteId) {
    throw new ScanoramaError(
      'not_comparable',
      `One scan is of the site ${base.site}, the other of ${scan.site}: the same address is not the same host.`,
    );
  }
  if (base.isDiscovery !== scan.isDiscovery) {
    throw new ScanoramaError(
      'not_comparable',
      'One of the two is a discovery run, which asks hosts, and the other a scan, which asks ports.',
      { hint: 'Compare two discovery runs, or two scans.' },
    );
  }
  if (base.isAck !== scan.isAck) {
    throw new ScanoramaError(
      'not_comparable',
      'An ACK scan does not tell which ports are open, so it is compared with ACK scans alone.',
    );
  }
}

function presentCompared({ uid, completedAt, complete }: NamedScan): ScanDiff['base'] {
  return { id: uid, completed_at: completedAt?.toISOString() ?? null, complete };
}

function presentOneSided({ addresses, ports, hosts }: OneSided): ScanDiff['not_comparable']['base'] {
  return { addresses, ports, hosts };
}

function presentKnown({ firstSeen, status, since }: KnownBefore): ScanChange['known'] {
  return { first_seen: new Date(firstSeen).toISOString(), status, since: new Date(since).toISOString() };
}

/** Changes whose values are those of a fact. */
const FACT_OF: Readonly<Partial<Record<ScanChangeKind, FindingFact>>> = {
  service_changed: 'service',
  ssh_host_key_changed: 'ssh_host_key',
  certificate_changed: 'tls_certificate',
};

function presentChange(row: ScanChangeRow): ScanChange {
  const { kind, address, hostUid, protocol, ports, count, known } = row;
  return {
    kind,
    ip: address,
    host_id: hostUid,
    protocol,
    ports,
    count,
    old: findingText(FACT_OF[kind] ?? kind, row.old),
    new: findingText(FACT_OF[kind] ?? kind, row.new),
    ...(known === null ? {} : { known: presentKnown(known) }),
  };
}
