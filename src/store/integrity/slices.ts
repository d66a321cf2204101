import { type RawBuilder, sql } from 'kysely';
import type { Executor } from '#store/database/database.js';

/**
 * Rows one slice goes through, or what they weigh. Of a million raw ports, slices twice as large took 0.7 s, and those of
 * their hosts 1.9 s, for all questions together while two cores had a load of 15.
 */
export const VERIFY_SLICE_ROWS = 10_000;
/** Rows of a weighed axis in one slice, however light they are. */
const MAX_WEIGHED_ROWS = 500;

/** A way through a large table in the order of one of its indexes. */
export interface Axis {
  readonly table: string;
  /** The columns such an index begins with, and their types. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Rows of other tables that are read with one of this; 1 where nobody says. An axis with it has one column. */
  readonly weight?: RawBuilder<unknown>;
}

/** A place on an axis: the value of each column as text. */
export type Bound = readonly string[];

/** What lies behind `after`, up to and with `upTo`; null is the end on that side, so that slices leave nothing out. */
export interface Slice {
  readonly after: Bound | null;
  readonly upTo: Bound | null;
}

/** A condition that keeps a statement to the slice; it is told the columns that correspond to those of the axis. */
export type Within = (...columns: readonly string[]) => RawBuilder<unknown>;

export function withinSlice(axis: Axis, { after, upTo }: Slice): Within {
  return (...columns) => {
    const place = sql`(${sql.join(columns.map((column) => sql.ref(column)))})`;
    const conditions = [
      ...(after === null ? [] : [sql`${place} > ${valuesAt(axis, after)}`]),
      ...(upTo === null ? [] : [sql`${place} <= ${valuesAt(axis, upTo)}`]),
    ];
    return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` AND `)})`;
  };
}

function valuesAt({ columns }: Axis, bound: Bound): RawBuilder<unknown> {
  return sql`(${sql.join(columns.map(([, type], index) => sql`${bound[index]}::${sql.raw(type)}`))})`;
}

/** Where the slice behind `after` ends, so that it holds about so many rows; null when it reaches to the end. */
export async function endOfSlice(
  executor: Executor,
  axis: Axis,
  { after, rows }: { readonly after: Bound | null; readonly rows: number },
): Promise<Bound | null> {
  const names = axis.columns.map(([name]) => name);
  const behind = withinSlice(axis, { after, upTo: null })(...names);
  const found = await (axis.weight === undefined
    ? nthRow(axis, behind, rows)
    : weighedRow(axis, behind, rows)
  ).execute(executor);
  return found.rows[0]?.bound ?? null;
}

interface Found {
  readonly bound: string[] | null;
}

function nthRow({ table, columns }: Axis, behind: RawBuilder<unknown>, rows: number): RawBuilder<Found> {
  const names = columns.map(([name]) => sql.ref(name));
  return sql`
    SELECT ARRAY[${sql.join(names.map((name) => sql`${name}::text`))}] AS bound FROM ${sql.table(table)}
    WHERE ${behind} ORDER BY ${sql.join(names)} LIMIT 1 OFFSET ${rows - 1}`;
}

/** The last row before which less than `limit` was weighed: a heavy one ends its slice, and is never cut. */
function weighedRow(axis: Axis, behind: RawBuilder<unknown>, limit: number): RawBuilder<Found> {
  const key = sql.ref(axis.columns[0]?.[0] ?? '');
  return sql`
    SELECT CASE WHEN bool_or(before >= ${limit}) OR count(*) = ${MAX_WEIGHED_ROWS}
      THEN ARRAY[(max(key) FILTER (WHERE before < ${limit}))::text] END AS bound
    FROM (SELECT key, sum(weight) OVER (ORDER BY key) - weight AS before FROM (
      SELECT ${key} AS key, ${axis.weight ?? sql`1`} AS weight FROM ${sql.table(axis.table)}
      WHERE ${behind} ORDER BY ${key} LIMIT ${MAX_WEIGHED_ROWS}) AS weighed) AS summed`;
}

/** About how many slices it will take, from what PostgreSQL believes of the table. */
export async function estimateSlices(executor: Executor, axis: Axis, rows: number): Promise<number> {
  const { rows: found } = await sql<{ rows: number }>`
    SELECT coalesce(sum(greatest(reltuples, 0)), 0)::float8 AS rows FROM pg_class
    WHERE oid = ${axis.table}::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = ${axis.table}::regclass)`.execute(
    executor,
  );
  const perSlice = axis.weight === undefined ? rows : Math.min(rows, MAX_WEIGHED_ROWS);
  return Math.max(1, Math.ceil((found[0]?.rows ?? 0) / perSlice));
}
