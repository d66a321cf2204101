import { sql } from 'kysely';
import type { PortFindingFact } from '#domain/enrichment/finding.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Executor } from '#store/database/database.js';
import { valueList } from '#store/database/value-list.js';
import { type AsOf, isNow } from '#store/history/as-of.js';
import { factsAt } from '#store/hosts/past-hosts.js';

/** What is shown of ports beside their services. */
const EVIDENCE = ['ssh_host_key', 'tls_certificate'] as const satisfies readonly PortFindingFact[];

/** What a port of a host showed. */
export interface PortEvidenceView {
  readonly hostId: number;
  readonly fact: (typeof EVIDENCE)[number];
  readonly protocol: Protocol;
  readonly port: number;
  readonly value: string;
  readonly reason: string | null;
  readonly observedAt: Date;
}

const COLUMNS = sql`found.host_id AS "hostId", found.fact, found.protocol, found.port, found.value, found.reason,
  found.observed_at AS "observedAt"`;
const BY_PORT = sql`ORDER BY found.host_id, found.fact, found.protocol, found.port`;

/** The newest of each port of some hosts; of a past moment, the newest change of it then. */
export async function evidenceOfHosts(
  executor: Executor,
  hostIds: readonly number[],
  asOf: AsOf,
): Promise<readonly PortEvidenceView[]> {
  const facts = isNow(asOf) ? sql`host_facts` : factsAt(asOf, hostIds, EVIDENCE);
  const { rows } = await sql<PortEvidenceView>`SELECT ${COLUMNS} FROM ${facts} AS found
    WHERE found.host_id = ANY(${hostIds}::bigint[]) AND found.fact IN (${valueList(EVIDENCE)}) ${BY_PORT}`.execute(
    executor,
  );
  return rows;
}

/** What one scan found of some hosts. */
export async function evidenceOfScan(
  executor: Executor,
  scanUid: string,
  hostIds: readonly number[],
): Promise<readonly PortEvidenceView[]> {
  const { rows } = await sql<PortEvidenceView>`
    SELECT ${COLUMNS} FROM scan_findings found JOIN scan_jobs job ON job.id = found.job_id
    WHERE job.uid = ${scanUid} AND found.host_id = ANY(${hostIds}::bigint[]) AND found.fact IN (${valueList(EVIDENCE)})
    ${BY_PORT}`.execute(executor);
  return rows;
}
