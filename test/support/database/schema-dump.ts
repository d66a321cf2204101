import { sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/**
 * The schema as text, the same on every supported PostgreSQL: tables with columns and constraints,
 * indexes, functions, triggers. pg_dump is not part of the embedded server, and its text changes
 * between versions. Month partitions are omitted: their names depend on the date.
 */
export async function dumpSchema(executor: Executor): Promise<string> {
  const { rows } = await sql<{ line: string }>`
    WITH relation AS (
      SELECT oid, relname FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname !~ '_\\d{4}_\\d{2}$'
    ), line AS (
      SELECT relname, 1 AS part, lpad(attnum::text, 3) AS ord,
        format('  %s %s%s%s%s', attname, format_type(atttypid, atttypmod),
          CASE WHEN attnotnull THEN ' not null' ELSE '' END,
          CASE WHEN attidentity <> '' THEN ' identity' ELSE '' END,
          CASE WHEN attidentity = '' THEN coalesce(CASE attgenerated WHEN '' THEN ' default ' ELSE ' generated ' END || pg_get_expr(adbin, adrelid), '') ELSE '' END) AS line
      FROM relation JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = relation.oid AND adnum = attnum
      UNION ALL
      SELECT relname, 2, conname, format('  constraint %s %s', conname, pg_get_constraintdef(pg_constraint.oid))
      FROM relation JOIN pg_constraint ON conrelid = relation.oid AND contype <> 'n'
      UNION ALL
      SELECT relname, 3, indexrelid::regclass::text, '  ' || pg_get_indexdef(indexrelid)
      FROM relation JOIN pg_index ON indrelid = relation.oid
      WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = relation.oid)
      UNION ALL
      SELECT relname, 4, tgname, '  ' || pg_get_triggerdef(pg_trigger.oid)
      FROM relation JOIN pg_trigger ON tgrelid = relation.oid AND NOT tgisinternal
    )
    SELECT line FROM (
      SELECT 'table ' || relname AS line, relname::text AS name, 0 AS part, '' AS ord FROM relation
      UNION ALL SELECT line, relname::text, part, ord FROM line
      UNION ALL
      SELECT 'function ' || pg_get_functiondef(oid), '~' || proname, 0, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS part ORDER BY name COLLATE "C", part, ord COLLATE "C"`.execute(executor);
  return `-- The schema after all migrations, for readers and for a test that compares it. Made by \`npm run schema\`.\n${rows
    .map(({ line }) => line)
    .join('\n')}\n`;
}
