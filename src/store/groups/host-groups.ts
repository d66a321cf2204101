import { sql } from 'kysely';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import type { GroupKind } from '#domain/fields/group-kind.js';
import { labelKey } from '#domain/fields/label-name.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';

export interface GroupView {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly description: string | null;
  readonly color: string | null;
  readonly kind: GroupKind;
  /** The rule as it was written; null of a static group. */
  readonly ruleText: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

const GROUP_VIEW = sql`
  SELECT id, uid, name, description, color, kind, rule_text AS "ruleText", created_by AS "createdBy",
    created_at AS "createdAt", updated_by AS "updatedBy", updated_at AS "updatedAt"
  FROM host_groups`;

/** Every group, by name: there are at most `MAX_GROUPS`. */
export async function listGroups(executor: Executor): Promise<readonly GroupView[]> {
  const { rows } = await sql<GroupView>`${GROUP_VIEW} ORDER BY key COLLATE "C"`.execute(executor);
  return rows;
}

/** A group by id or by name, whatever its case; `not_found`. */
export async function findGroup(executor: Executor, term: string): Promise<GroupView> {
  const { rows } = await (isUid(term)
    ? sql<GroupView>`${GROUP_VIEW} WHERE uid = ${term}`
    : sql<GroupView>`${GROUP_VIEW} WHERE key = ${labelKey(term)}`
  ).execute(executor);
  const row = rows[0];
  if (row === undefined)
    throw new ScanoramaError('not_found', `There is no group called ${quote(term)}.`, {
      at: term,
      hint: '`scanorama groups list` shows the groups.',
    });
  return row;
}

export async function hasGroup(executor: Executor, name: string): Promise<boolean> {
  const { rows } = await sql`SELECT id FROM host_groups WHERE key = ${labelKey(name)}`.execute(executor);
  return rows.length > 0;
}

/** What somebody says of a group. */
export interface GroupNames {
  readonly name: string;
  readonly description: string | null;
  readonly color: string | null;
  readonly actor: string;
}

/** Text and meaning (its JSON form) of the filter that finds the members. */
export interface RuleTexts {
  readonly text: string;
  readonly meaning: unknown;
}

/** False when the name is taken. */
export async function insertGroup(
  executor: Executor,
  uid: string,
  { rule, ...terms }: GroupNames & { readonly rule: RuleTexts | null },
): Promise<boolean> {
  const kind: GroupKind = rule === null ? 'static' : 'rule';
  const { numAffectedRows } = await sql`
    INSERT INTO host_groups (uid, name, key, description, color, kind, rule_text, rule, created_by, updated_by)
    VALUES (${uid}, ${terms.name}, ${labelKey(terms.name)}, ${terms.description}, ${terms.color}, ${kind},
      ${rule?.text ?? null}, ${rule === null ? null : JSON.stringify(rule.meaning)}::jsonb, ${terms.actor}, ${terms.actor})
    ON CONFLICT (key) DO NOTHING`.execute(executor);
  return numAffectedRows === 1n;
}

export async function updateGroup(executor: Executor, id: number, terms: GroupNames): Promise<void> {
  await sql`
    UPDATE host_groups SET name = ${terms.name}, key = ${labelKey(terms.name)}, description = ${terms.description},
      color = ${terms.color}, updated_by = ${terms.actor}, updated_at = clock_timestamp()
    WHERE id = ${id}`.execute(executor);
}

export async function updateGroupRule(executor: Executor, id: number, rule: RuleTexts): Promise<void> {
  await sql`
    UPDATE host_groups SET rule_text = ${rule.text}, rule = ${JSON.stringify(rule.meaning)}::jsonb
    WHERE id = ${id}`.execute(executor);
}
