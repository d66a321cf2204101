import { type RawBuilder, sql } from 'kysely';
import { ANNOTATION_KINDS } from '#domain/hosts/host-edit-kind.js';
import { valueList } from '#store/database/value-list.js';
import { HOSTS } from '#store/integrity/axes.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';
import type { Within } from '#store/integrity/slices.js';

/** What stands of hosts: host_id, kind, subject, value. */
function standing(within: Within): RawBuilder<unknown> {
  return sql`
    SELECT own.host_id, 'tag' AS kind, tag.uid AS subject, 'yes' AS value
      FROM host_tags own JOIN tags tag ON tag.id = own.tag_id WHERE ${within('own.host_id')}
    UNION ALL SELECT own.host_id, 'group', host_group.uid, 'yes'
      FROM host_group_members own JOIN host_groups host_group ON host_group.id = own.group_id WHERE ${within('own.host_id')}
    UNION ALL SELECT own.host_id, 'owner', NULL, owner.uid::text
      FROM host_owners own JOIN owners owner ON owner.id = own.owner_id WHERE ${within('own.host_id')}
    UNION ALL SELECT own.host_id, 'field', field.uid, own.value
      FROM host_field_values own JOIN custom_fields field ON field.id = own.field_id WHERE ${within('own.host_id')}
    UNION ALL SELECT own.host_id, 'note', own.uid, 'yes'
      FROM host_notes own WHERE ${within('own.host_id')} AND own.removed_at IS NULL`;
}

/** The same as edits alone tell of it: the newest of each subject. */
function reported(within: Within): RawBuilder<unknown> {
  return sql`
    SELECT * FROM (
      SELECT DISTINCT ON (past.host_id, past.kind, past.subject) past.host_id, past.kind, past.subject,
        CASE past.kind WHEN 'owner' THEN past.new_owner::text WHEN 'field' THEN past.new_value
          ELSE CASE WHEN past.new_value IS NOT NULL THEN 'yes' END END AS value
      FROM host_edits past WHERE ${within('past.host_id')} AND past.kind IN (${valueList(ANNOTATION_KINDS)})
      ORDER BY past.host_id, past.kind, past.subject, past.id DESC) AS newest
    WHERE value IS NOT NULL`;
}

/** Whether what people said of hosts is what their edits tell. */
export const ANNOTATION_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'tags, groups, owners, fields and notes equal their edits',
    description: 'What stands of a host is what the edits of people, replayed, give.',
    axis: HOSTS,
    faults: (within) => sql`
      SELECT format('host %s %s %s', coalesce(stands.host_id, reported.host_id), coalesce(stands.kind, reported.kind),
        coalesce(stands.subject, reported.subject)) AS fault
      FROM (${standing(within)}) AS stands FULL JOIN (${reported(within)}) AS reported
        ON reported.host_id = stands.host_id AND reported.kind = stands.kind
          AND coalesce(reported.subject::text, '') = coalesce(stands.subject::text, '')
      WHERE stands.value IS DISTINCT FROM reported.value`,
  },
  {
    name: 'field values fit their fields',
    description: 'A value is of the type of its field, and one of its choices where it has some.',
    axis: HOSTS,
    faults: (within) => sql`
      SELECT format('host %s field %s', own.host_id, field.name) AS fault
      FROM host_field_values own JOIN custom_fields field ON field.id = own.field_id
      WHERE ${within('own.host_id')} AND (own.type <> field.type OR own.value <> ALL (field.choices))`,
  },
];
