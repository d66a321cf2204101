import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '#store/database/database.js';
import { INTEGRITY_QUESTIONS, INTEGRITY_STAGES, runIntegrityCheck } from '#store/integrity/verify.js';
import { createApiKey } from '#work/access/api-keys.js';
import { checkDevices } from '#work/devices/verify-devices.js';
import { type VerifyProgress, verifyData } from '#work/health/verify-data.js';
import type { Damage } from '../../support/damage/damage.ts';
import { ANNOTATION_DAMAGES } from '../../support/damage/damage-annotations.ts';
import { CURRENT_DAMAGES, SCHEMA_DAMAGES } from '../../support/damage/damage-current.ts';
import { DEVICE_DAMAGES, decideOnDevices, RECOMPUTED_DAMAGES } from '../../support/damage/damage-devices.ts';
import { LEDGER_DAMAGES, RAW_DAMAGES } from '../../support/damage/damage-observations.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { annotateHosts } from '../../support/hosts/annotated-hosts.ts';
import { seededRandom } from '../../support/programs/seeded-random.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';
import { claimedScan } from '../../support/scans/claimed-scan.ts';
import { computeStatuses, recordScan } from '../../support/scans/stored-scans.ts';

/** So few rows per slice that every check has many slices. */
const SLICE_ROWS = 3;
const SCANS = 12;
const NOWHERE = 999_999_999;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  const context = createWorkContext(db.store);
  const reported = { context, random: seededRandom(7), ports: 4 };
  for (let scan = 0; scan < SCANS; scan += 1) await recordScan(reported);
  await computeStatuses(reported, 2);
  await claimedScan(context, '198.18.80.1', '1-4');
  await createApiKey(context, { name: 'key', expiresAt: null, actor: 'test' });
  await fill();
  await annotateHosts(context);
  await decideOnDevices(context);
});
afterAll(() => db.close());

/** Rows of the tables that scans alone do not fill. */
async function fill(): Promise<void> {
  const { read } = db.store;
  await sql`INSERT INTO networks (uid, site_id, cidr, name) SELECT gen_random_uuid(), id, '198.18.80.0/24', 'net' FROM sites`.execute(
    read,
  );
  await sql`INSERT INTO workers (uid, name, site_id, version, schema_version, concurrency, heartbeat_ms, capabilities)
    SELECT gen_random_uuid(), 'here/1', id, '1', 1, 1, 5000, '{"available": [], "missing": [], "facts": {}}' FROM sites`.execute(
    read,
  );
  await sql`INSERT INTO site_scopes (site_id, cidr, created_by) SELECT id, '198.18.0.0/16', 'test' FROM sites`.execute(
    read,
  );
  await sql`INSERT INTO rate_shares (site_id, job_id, program, parts, request_number, valid_until)
    SELECT site_id, id, gen_random_uuid(), 1, 1, now() FROM scan_jobs LIMIT 1`.execute(read);
  await sql`INSERT INTO network_exclusions (uid, site_id, network_id, first_address, last_address, created_by)
    SELECT gen_random_uuid(), id, NULL, '198.18.80.9'::inet, '198.18.80.9'::inet, 'test' FROM sites
    UNION ALL SELECT gen_random_uuid(), NULL, id, '198.18.80.9', '198.18.80.9', 'test' FROM networks`.execute(
    read,
  );
  await sql`UPDATE scan_jobs SET network_id = (SELECT id FROM networks), engine = 'import'
    WHERE id = (SELECT min(id) FROM scan_jobs)`.execute(read);
  await sql`INSERT INTO scan_profiles (uid, name, created_by) VALUES (gen_random_uuid(), 'profile', 'test')`.execute(
    read,
  );
  await sql`UPDATE scan_jobs SET found_by_job_id = id, engine = 'nmap'
    WHERE id = (SELECT min(id) FROM scan_jobs WHERE engine <> 'import')`.execute(read);
  await sql`UPDATE scan_jobs SET profile_id = (SELECT id FROM scan_profiles), profile_name = 'profile'
    WHERE id = (SELECT max(id) FROM scan_jobs)`.execute(read);
  await sql`INSERT INTO schedules (uid, name, kind, site_id, cron, timezone, task, profile_id, enabled, jitter_ms, catch_up, overlap,
      retries, retry_delay_ms, created_by, updated_by)
    SELECT gen_random_uuid(), 'nightly', 'scan', site.id, '0 3 * * *', 'UTC', '{}', profile.id, false, 0, 'none', 'skip', 0, 0, 'test', 'test'
    FROM sites site, scan_profiles profile`.execute(read);
  await sql`INSERT INTO schedule_runs (uid, schedule_id, due_at, cause, state, skip_reason, starts_at, finished_at)
    SELECT gen_random_uuid(), id, now(), 'due', 'skipped', 'missed', now(), now() FROM schedules`.execute(
    read,
  );
  await sql`UPDATE scan_jobs SET schedule_run_id = (SELECT id FROM schedule_runs), schedule_name = 'nightly'
    WHERE id = (SELECT max(id) FROM scan_jobs)`.execute(read);
  await sql`INSERT INTO scan_imports (job_id, site_id, sha256, size_bytes, format, account)
    SELECT id, site_id, sha256('x'), 1, 'nmap-xml', '{}' FROM scan_jobs WHERE engine = 'import'`.execute(
    read,
  );
  await sql`INSERT INTO scan_names (job_id, address, name, observed_at)
    SELECT max(id), '198.18.80.200', 'ghost.test', now() FROM scan_jobs`.execute(read);
  await sql`INSERT INTO scan_rows_removed (job_id, cause) SELECT max(id), 'host' FROM scan_jobs`.execute(
    read,
  );
  await sql`INSERT INTO smart_scan_attempts (host_id, job_id, stage, started_at, points_before)
    SELECT min(hosts.id), max(scan_jobs.id), 'service_scan', now(), 0 FROM hosts, scan_jobs`.execute(read);
  await sql`INSERT INTO smart_scan_refusals (host_id, stage, refused_at, code, message)
    SELECT min(id), 'service_scan', now(), 'outside_scope', 'It lies outside.' FROM hosts`.execute(read);
  await sql`INSERT INTO sessions (token_hash, actor, api_key_id, expires_at)
    SELECT sha256('x'), 'test', id, now() + interval '1 hour' FROM api_keys`.execute(read);
  await sql`INSERT INTO sign_in_tokens (token_hash, created_by, api_key_id, expires_at)
    SELECT sha256('x'), 'test', id, now() + interval '1 hour' FROM api_keys`.execute(read);
}

const ORPHANED: readonly Damage[] = INTEGRITY_QUESTIONS.flatMap(({ name }) => {
  const [, table = '', column = ''] = /^orphans: (\w+)\.(\w+)$/.exec(name) ?? [];
  if (table === '') return [];
  const target = sql.ref(column);
  return [
    {
      check: name,
      what: 'a row whose parent is gone',
      done: sql`UPDATE ${sql.table(table)} SET ${target} = ${NOWHERE}::int WHERE (ctid, tableoid) =
        (SELECT ctid, tableoid FROM ${sql.table(table)} WHERE ${target} IS NOT NULL LIMIT 1)`,
    },
  ];
});

const DAMAGES: readonly Damage[] = [
  ...ORPHANED,
  ...LEDGER_DAMAGES,
  ...RAW_DAMAGES,
  ...CURRENT_DAMAGES,
  ...ANNOTATION_DAMAGES,
  ...DEVICE_DAMAGES,
  ...SCHEMA_DAMAGES,
];

/** The number of problems found for a damage that is then repaired. */
async function countDamaged(
  done: Damage['done'],
  count: (damaged: Executor) => Promise<{ readonly faults: number }>,
): Promise<number> {
  const damaged = await db.store.read.startTransaction().execute();
  try {
    await sql`SET LOCAL session_replication_role = replica`.execute(damaged);
    await done.execute(damaged);
    return (await count(damaged)).faults;
  } finally {
    await damaged.rollback().execute();
  }
}

/** The problems that one check finds. */
async function faultsBy({ check, done }: Damage): Promise<number> {
  const question = INTEGRITY_QUESTIONS.find(({ name }) => name === check);
  if (question === undefined) throw new Error(`there is no check "${check}"`);
  return countDamaged(done, (damaged) => runIntegrityCheck(damaged, question, SLICE_ROWS));
}

describe('damage', () => {
  it('is not reported where there is none', async () => {
    const context = createWorkContext(db.store);
    const { checks } = await verifyData(context, new AbortController().signal, { sliceRows: SLICE_ROWS });
    expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
  });

  it('is searched slice by slice, each in a transaction of its own', async () => {
    let transactions = 0;
    const store = {
      ...db.store,
      get read() {
        transactions += 1;
        return db.store.read;
      },
    };
    const reported: VerifyProgress[] = [];
    await verifyData(createWorkContext(store), new AbortController().signal, {
      sliceRows: SLICE_ROWS,
      onProgress: (progress) => reported.push(progress),
    });
    const slices = reported.length - INTEGRITY_STAGES.length;
    expect(slices).toBeGreaterThan(5 * INTEGRITY_STAGES.length);
    expect(transactions).toBeGreaterThanOrEqual(slices);
    const percents = reported.map(({ percent }) => percent);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
  });

  it('exists for every check', () => {
    const planted = new Set(DAMAGES.map(({ check }) => check));
    expect(INTEGRITY_QUESTIONS.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });

  it.each(RECOMPUTED_DAMAGES)('of devices is found by computing them again: $what', async ({ done }) => {
    expect(await countDamaged(done, (damaged) => checkDevices((read) => read(damaged)))).toBeGreaterThan(0);
  });

  it.each(DAMAGES)('$check: $what', async (damage) => {
    expect(await faultsBy(damage)).toBeGreaterThan(0);
  });
});
