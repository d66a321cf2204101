import { type RawBuilder, sql } from 'kysely';
import type { FieldType } from '#domain/custom-field.js';
import { assertOrdered, NAMED_KINDS, type NamedKind, namesIn, unknownName } from '#domain/filter/names.js';
import { foldCase, labelPattern } from '#domain/filter/pattern.js';
import type { Executor } from '#store/database.js';

/** Among so many names the one that was meant is looked for. */
const MAX_NAMES_COMPARED = 10_000;

interface Names {
  /** Rows of `name` and `key`. */
  readonly rows: RawBuilder<unknown>;
  /** What a name is told from others by, as `#store/filter-conditions.js` compares it. */
  readonly keyOf: (name: string) => string;
}

const labelKeyOf = (name: string) => labelPattern([name]).join('');
const FOLDED = sql`lower(name COLLATE "C")`;
const NAMES: Readonly<Record<NamedKind, Names>> = {
  network: { rows: sql`SELECT name, ${FOLDED} AS key FROM networks`, keyOf: foldCase },
  site: { rows: sql`SELECT name, ${FOLDED} AS key FROM sites`, keyOf: foldCase },
  tag: { rows: sql`SELECT name, key FROM tags`, keyOf: labelKeyOf },
  group: { rows: sql`SELECT name, key FROM host_groups`, keyOf: labelKeyOf },
  owner: { rows: sql`SELECT name, key FROM owners`, keyOf: labelKeyOf },
  field: { rows: sql`SELECT name, name AS key FROM custom_fields`, keyOf: (name) => name },
};

/**
 * Refuses a filter that somebody writes and that can find nobody for what it is asked with: `filter_names_nothing` where it
 * names what there is not, `invalid_filter` where a field is compared in a way that its values are not. A rule that is
 * stored is not held to that: it finds nobody there, and can be read and mended.
 */
export async function assertNamesThere(executor: Executor, text: string): Promise<void> {
  const { names, orders } = namesIn(text);
  for (const kind of NAMED_KINDS) {
    const ofKind = names.filter((name) => name.kind === kind);
    if (ofKind.length === 0) continue;
    const { rows, keyOf } = NAMES[kind];
    const there = await keysThere(
      executor,
      rows,
      ofKind.map(({ name }) => keyOf(name)),
    );
    const missing = ofKind.find(({ name }) => !there.has(keyOf(name)));
    if (missing !== undefined) throw unknownName(missing, await someNames(executor, rows));
  }
  if (orders.length === 0) return;
  const types = await fieldTypes(
    executor,
    orders.map(({ own }) => own),
  );
  for (const order of orders) {
    const type = types.get(order.own);
    if (type !== undefined) assertOrdered(order, type);
  }
}

async function keysThere(
  executor: Executor,
  named: RawBuilder<unknown>,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    SELECT key FROM (${named}) AS named WHERE key = ANY(${[...keys]}::text[])`.execute(executor);
  return new Set(rows.map(({ key }) => key));
}

async function someNames(executor: Executor, named: RawBuilder<unknown>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT min(name) AS name FROM (${named}) AS named GROUP BY key ORDER BY key COLLATE "C" LIMIT ${MAX_NAMES_COMPARED}`.execute(
    executor,
  );
  return rows.map(({ name }) => name);
}

async function fieldTypes(
  executor: Executor,
  names: readonly string[],
): Promise<ReadonlyMap<string, FieldType>> {
  const { rows } = await sql<{ name: string; type: FieldType }>`
    SELECT name, type FROM custom_fields WHERE name = ANY(${[...names]}::text[])`.execute(executor);
  return new Map(rows.map(({ name, type }) => [name, type]));
}
