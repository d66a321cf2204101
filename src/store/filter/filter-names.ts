import { type RawBuilder, sql } from 'kysely';
import type { FieldType } from '#domain/fields/custom-field.js';
import { assertOrdered, NAMED_KINDS, type NamedKind, namesIn, unknownName } from '#domain/filter/names.js';
import { foldCase, labelPattern } from '#domain/filter/pattern.js';
import type { Executor } from '#store/database/database.js';

/** Among so many names the one that was meant is looked for. */
const MAX_NAMES_COMPARED = 10_000;

interface Names {
  readonly table: RawBuilder<unknown>;
  /** A name of it is known by this. */
  readonly key: RawBuilder<unknown>;
  /** What a name is told from others by, as `#store/filter/filter-conditions.js` compares it. */
  readonly keyOf: (name: string) => string;
}

const labelKeyOf = (name: string) => labelPattern([name]).join('');
const FOLDED = sql`lower(name COLLATE "C")`;
const NAMES: Readonly<Record<NamedKind, Names>> = {
  network: { table: sql`networks`, key: FOLDED, keyOf: foldCase },
  site: { table: sql`sites`, key: FOLDED, keyOf: foldCase },
  tag: { table: sql`tags`, key: sql`key`, keyOf: labelKeyOf },
  group: { table: sql`host_groups`, key: sql`key`, keyOf: labelKeyOf },
  owner: { table: sql`owners`, key: sql`key`, keyOf: labelKeyOf },
  field: { table: sql`custom_fields`, key: sql`name`, keyOf: (name) => name },
};

/**
 * Refuses a filter that somebody writes and that can find nobody for what it is asked with: `filter_names_nothing` where it
 * names what there is not, `invalid_filter` where a field is compared in a way that its values are not. A rule that is
 * stored is not held to that: it finds nobody there, and can be read and mended.
 */
export function assertNamesThere(executor: Executor, text: string): Promise<void> {
  return checkNames(executor, text, { held: sql``, ownGroup: undefined });
}

/**
 * The same of a filter that is to be stored: what it names is held as it is called until the transaction ends. Where it is the
 * rule of a group, that group is no hint: a rule cannot name its own, which may be in the making.
 */
export function lockExistingNames(executor: Executor, text: string, ownGroup?: string): Promise<void> {
  return checkNames(executor, text, { held: sql`FOR KEY SHARE`, ownGroup });
}

/**
 * Holds what is to be renamed or removed against whoever would name it, until the transaction ends. A network and a site are
 * held as rows by whoever changes them: several networks may have one name.
 */
export async function lockName(
  executor: Executor,
  kind: Exclude<NamedKind, 'network' | 'site'>,
  name: string,
): Promise<void> {
  const { table, key, keyOf } = NAMES[kind];
  await sql`SELECT FROM ${table} WHERE ${key} = ${keyOf(name)} FOR UPDATE`.execute(executor);
}

async function checkNames(
  executor: Executor,
  text: string,
  { held, ownGroup }: { readonly held: RawBuilder<unknown>; readonly ownGroup: string | undefined },
): Promise<void> {
  const { names, orders } = namesIn(text);
  for (const kind of NAMED_KINDS) {
    const ofKind = names.filter((name) => name.kind === kind);
    if (ofKind.length === 0) continue;
    const { table, key, keyOf } = NAMES[kind];
    const keys = ofKind.map(({ name }) => keyOf(name));
    const { rows } = await sql<{ key: string }>`
      SELECT ${key} AS key FROM ${table} WHERE ${key} = ANY(${keys}::text[]) ${held}`.execute(executor);
    const there = new Set(rows.map((row) => row.key));
    const missing = ofKind.find(({ name }) => !there.has(keyOf(name)));
    if (missing === undefined) continue;
    const known = await namesOfKind(executor, kind);
    const isOwn = (name: string) =>
      kind === 'group' && ownGroup !== undefined && keyOf(name) === keyOf(ownGroup);
    throw unknownName(
      missing,
      known.filter((name) => !isOwn(name)),
    );
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

/** The names of that kind that there are, each as it is called, or the first of them. */
export async function namesOfKind(executor: Executor, kind: NamedKind): Promise<readonly string[]> {
  const { table, key } = NAMES[kind];
  const { rows } = await sql<{ name: string }>`
    SELECT min(name) AS name FROM (SELECT name, ${key} AS key FROM ${table}) AS named
    GROUP BY key ORDER BY key COLLATE "C" LIMIT ${MAX_NAMES_COMPARED}`.execute(executor);
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
