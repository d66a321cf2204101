import { sql } from 'kysely';
import { type Service, serviceValue } from '#domain/enrichment/finding.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { connectTcp } from '#net/probe/ports/tcp-connect.js';
import { systemClock } from '#net/send/system-clock.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Prober, ProberSurvey } from '#scan/engine/prober.js';
import { runShard } from '#work/shards/run-shard.js';
import { proberOf } from '../programs/work-context.ts';
import type { IdleDataDirectory } from '../scans/idle-data-directory.ts';
import { type ApiLab, openApiLab } from './api-lab.ts';

export interface LabPort {
  readonly port: number;
  readonly protocol?: Protocol;
  readonly service?: Service;
  readonly daysAgo?: number;
}

export interface LabHost {
  readonly address: string;
  readonly site?: string;
  readonly status?: HostStatus;
  readonly os?: string;
  readonly name?: string;
  readonly customName?: string;
  readonly mac?: string;
  readonly ignored?: boolean;
  readonly daysAgo?: number;
  readonly ports?: readonly LabPort[];
}

export interface SmartLab extends ApiLab {
  /** The capabilities that the machine reports; a test may remove one. */
  readonly have: { nmap: boolean; raw: boolean; discovery: boolean };
  /** Removes every host, scan, profile and exclusion, and restores all capabilities of the machine. */
  forgetAll(): Promise<void>;
  /** Stores a host as if scans had seen it, and returns its id. */
  storeHost(host: LabHost): Promise<string>;
  /** Runs what is in the queue; every type uses the connect engine, so that none reports more than open ports. */
  runAll(): Promise<void>;
  /** Moves every attempt this far into the past. */
  letPass(hours: number): Promise<void>;
  attempts(): Promise<
    readonly { readonly address: string; readonly stage: string; readonly taught: boolean | null }[]
  >;
}

const ago = (days: number) => new Date(Date.now() - days * 86_400_000 - 60_000);

/** A server whose machine has the capabilities that a test sets. Scans go to loopback only, to that of a place if one is named. */
export async function openSmartLab(place?: IdleDataDirectory): Promise<SmartLab> {
  const have = { nmap: true, raw: true, discovery: true };
  const inner = proberOf([createConnectEngine({ clock: systemClock, connect: connectTcp })]);
  const prober: Prober = {
    survey: async () => surveyWith(await inner.survey(), have),
    run: (order, signal) =>
      (place?.prober ?? inner).run({ ...order, engine: 'connect', liveHosts: false }, signal),
    close: () => inner.close(),
  };
  const api = await openApiLab({ work: { prober } });
  const { read } = api.db.store;
  return {
    ...api,
    have,
    async forgetAll() {
      Object.assign(have, { nmap: true, raw: true, discovery: true });
      api.enqueued.splice(0);
      await sql`TRUNCATE hosts, scan_numbers, scan_profiles, network_exclusions, site_scopes CASCADE`.execute(
        read,
      );
      await sql`UPDATE sites SET unscoped_accepted_at = NULL, unscoped_accepted_by = NULL`.execute(read);
    },
    storeHost: (host) => storeHost(api, host),
    async runAll() {
      const signal = new AbortController().signal;
      for (const shardId of api.enqueued.splice(0))
        await runShard(api.context, shardId, { onClaimed: () => undefined, signal });
    },
    async letPass(hours) {
      await sql`UPDATE smart_scan_attempts SET started_at = started_at - ${hours}::int * interval '1 hour'`.execute(
        read,
      );
    },
    async attempts() {
      const { rows } = await sql<{ address: string; stage: string; taught: boolean | null }>`
        SELECT host(host.ip_address) AS address, attempt.stage, attempt.points_after > attempt.points_before AS taught
        FROM smart_scan_attempts attempt JOIN hosts host ON host.id = attempt.host_id ORDER BY attempt.id`.execute(
        read,
      );
      return rows;
    },
  };
}

function surveyWith(survey: ProberSurvey, { nmap, raw, discovery }: SmartLab['have']): ProberSurvey {
  const protocols = raw ? (['tcp', 'udp'] as const) : (['tcp'] as const);
  const lack = { code: 'engine_unavailable' as const, hint: 'Install it.' };
  return {
    ...survey,
    available: [
      ...survey.available,
      ...(nmap ? [{ name: 'nmap' as const, protocols }] : []),
      ...(discovery ? [{ name: 'discovery' as const, protocols: [] }] : []),
    ],
    missing: [
      ...(nmap
        ? []
        : [{ ...lack, name: 'nmap' as const, message: 'nmap is not installed on this machine.' }]),
      ...(discovery
        ? []
        : [{ ...lack, name: 'discovery' as const, message: 'There is no prober process here.' }]),
    ],
    facts: { ...survey.facts, liveHosts: discovery, nmapVersion: nmap ? '7.95' : null },
  };
}

async function storeHost({ db }: ApiLab, host: LabHost): Promise<string> {
  const { address, site = 'default', status = 'up', daysAgo = 0, ports = [] } = host;
  const { read } = db.store;
  const seen = ago(daysAgo);
  const { rows } = await sql<{ id: number; uid: string }>`
    INSERT INTO hosts (uid, site_id, ip_address, status, os_family, hostname, custom_name, mac_address, ignored,
      status_observed_at, first_seen, last_seen)
    SELECT gen_random_uuid(), id, ${address}::inet, ${status}, ${host.os ?? null}, ${host.name ?? null},
      ${host.customName ?? null}, ${host.mac ?? null}::macaddr, ${host.ignored ?? false}, ${seen}, ${seen}, ${seen}
    FROM sites WHERE name = ${site} RETURNING id, uid`.execute(read);
  const [row] = rows;
  if (row === undefined) throw new Error(`there is no site ${site}`);
  for (const { port, protocol = 'tcp', service, daysAgo: age = daysAgo } of ports) {
    const at = ago(age);
    await sql`INSERT INTO host_ports (host_id, protocol, port, state, reason, observed_at, first_seen, last_seen)
      VALUES (${row.id}, ${protocol}, ${port}, 'open', 'syn-ack', ${at}, ${at}, ${at})`.execute(read);
    if (service !== undefined)
      await sql`INSERT INTO host_facts (host_id, fact, protocol, port, value, observed_at)
        VALUES (${row.id}, 'service', ${protocol}, ${port}, ${serviceValue(service) ?? ''}, ${at})`.execute(
        read,
      );
  }
  return row.uid;
}
