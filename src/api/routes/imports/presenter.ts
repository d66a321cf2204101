import type { ImportResult } from '#contract/scans/import.js';
import type { ImportResult as StoredResult } from '#work/imports/import-report.js';

export function presentImport(result: StoredResult, name: string | null): ImportResult {
  const { run, fault, taken, notTaken } = result.survey;
  return {
    outcome: result.outcome,
    scan_id: result.scanUid,
    name,
    sha256: result.sha256,
    size_bytes: result.sizeBytes,
    format: 'nmap-xml',
    scanner: run.scanner ?? null,
    scanner_version: run.version ?? null,
    arguments: run.args ?? null,
    started_at: run.startedAtMs === undefined ? null : new Date(run.startedAtMs).toISOString(),
    partial: fault !== undefined,
    fault: fault ?? null,
    taken: {
      hosts: taken.hosts,
      hosts_up: taken.hostsUp,
      open_ports: taken.openPorts,
      other_ports: taken.otherPorts,
      services: taken.services,
      host_facts: taken.hostFacts,
    },
    not_taken: notTaken.map((one) => ({ ...one })),
  };
}
