import { sql } from 'kysely';
import type { IntegrityQuestion } from '#store/integrity/question.js';

/** More of them say nothing more. */
const MAX_STRAY_ROWS = 1_000;

/** Whether the schema still keeps out what it was made to keep out, and has a place for what comes. */
export const SCHEMA_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'partitions made ahead',
    description:
      'Each month from the oldest to the next has its partition of port_scans, and no row lies in the default one.',
    axis: null,
    faults: () => sql`WITH created AS (
        SELECT to_date(right(relname::text, 7), 'YYYY_MM')::timestamp AS month
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'port_scans'::regclass AND relname ~ '^port_scans_[0-9]{4}_[0-9]{2}$'
      ), now_utc AS (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AS month)
      SELECT 'no partition for ' || to_char(needed.month, 'YYYY-MM') AS fault
      FROM now_utc, generate_series(least((SELECT min(month) FROM created), now_utc.month),
        now_utc.month + interval '1 month', interval '1 month') AS needed(month)
      WHERE NOT EXISTS (SELECT FROM created WHERE created.month = needed.month)
      UNION ALL (SELECT 'row in port_scans_default of scan ' || job_id FROM port_scans_default LIMIT ${MAX_STRAY_ROWS})`,
  },
  {
    name: 'guards of the schema are in force',
    description: 'No constraint is unproven, no trigger is switched off, no index is broken.',
    axis: null,
    faults: () => sql`
      SELECT format('constraint %s of %s', conname, conrelid::regclass) AS fault
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND NOT convalidated
      UNION ALL SELECT format('trigger %s of %s', tgname, tgrelid::regclass)
      FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
      WHERE relnamespace = 'public'::regnamespace AND tgenabled <> 'O'
      UNION ALL SELECT format('index %s', indexrelid::regclass)
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE relnamespace = 'public'::regnamespace AND NOT (indisvalid AND indisready)`,
  },
];
