import { sql } from 'kysely';
import { sshHostKeysValue } from '#domain/enrichment/ssh-host-key.js';
import type { FoundValue } from '#work/batches/batch-record.js';
import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { finishScan } from '#work/scans/end-scan.js';
import { claimedScan } from '../scans/claimed-scan.ts';

/** One address as a scan observed it. */
export interface SeenHost {
  readonly address: string;
  readonly mac?: string;
  readonly name?: string;
  readonly ssh?: string;
  readonly tls?: string;
}

const ORIGIN_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

/** This many days after the first of January 2026. */
export function day(days: number): Date {
  return new Date(ORIGIN_MS + days * DAY_MS);
}

/** Stores a scan that saw these hosts at this time, as a batch does, and completes it; nothing is sent. */
export async function seeHosts(context: WorkContext, at: Date, seen: readonly SeenHost[]): Promise<string> {
  const [first] = seen;
  const place = await claimedScan(context, first?.address ?? '', '22');
  const { rows } = await sql<{ positions: number }>`
    SELECT positions FROM scan_jobs WHERE id = ${place.job.id}`.execute(context.store.read);
  const positions = rows[0]?.positions ?? 0;
  await recordBatch(
    context,
    { ...place, blockStartedAt: at },
    {
      first: 0,
      end: positions,
      probesSent: positions,
      probesAnswered: 0,
      listed: [],
      covered: [],
      coveredPorts: 0,
      skipped: positions,
      evidence: seen.map(({ address }) => ({
        address,
        reason: 'arp-response',
        position: 0,
        observedAt: at,
        firstSeen: at,
      })),
      findings: seen.flatMap((host) => findingsOf(host, at)),
      observedFrom: at,
      observedTo: at,
    },
  );
  await finishScan(context, place.job.uid);
  return place.job.uid;
}

function findingsOf({ address, mac, name, ssh, tls }: SeenHost, observedAt: Date): FoundValue[] {
  const ofHost = { address, protocol: null, port: null, reason: null, observedAt };
  const ofPort = { address, protocol: 'tcp' as const, reason: null, observedAt };
  return [
    ...(mac === undefined ? [] : [{ ...ofHost, fact: 'mac_address' as const, value: mac }]),
    ...(name === undefined ? [] : [{ ...ofHost, fact: 'hostname' as const, value: name }]),
    ...(ssh === undefined
      ? []
      : [{ ...ofPort, fact: 'ssh_host_key' as const, port: 22, value: keyNamed(ssh) }]),
    ...(tls === undefined
      ? []
      : [{ ...ofPort, fact: 'tls_certificate' as const, port: 443, value: certificateNamed(tls) }]),
  ];
}

function keyNamed(text: string): string {
  return sshHostKeysValue([{ algorithm: 'ssh-ed25519', fingerprint: `SHA256:${text}`, bits: 256 }]);
}

/** Its fingerprint is one hex digit repeated. */
function certificateNamed(digit: string): string {
  return JSON.stringify({ fingerprint: digit.repeat(64) });
}
