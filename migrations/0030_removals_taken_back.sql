-- A tag, group or field that an edit removed, as it was, so that an undo makes it again with all it had; and one that an undo
-- made again. As in `host_edits`, the removal has an old definition alone, and the making a new one.
CREATE TABLE label_edits (
  edit_id         bigint NOT NULL REFERENCES edits ON DELETE RESTRICT,
  kind            text NOT NULL CONSTRAINT label_edits_kind_words CHECK (kind IN ('tag', 'group', 'field')),
  subject         uuid NOT NULL,
  old_definition  jsonb,
  new_definition  jsonb,
  PRIMARY KEY (edit_id, subject),
  CONSTRAINT label_edits_remove_or_make CHECK (num_nonnulls(old_definition, new_definition) = 1)
);
CREATE INDEX label_edits_of_subject ON label_edits (subject, edit_id);

-- Tags and groups that were removed before this was kept, as far as their hosts tell of them: by the edit that took them from the
-- last of these, signed by who did, since who made them was not kept. The members of a rule group were never written, so each
-- of these groups listed its hosts.
INSERT INTO label_edits (edit_id, kind, subject, old_definition)
SELECT DISTINCT ON (told.subject) told.edit_id, told.kind, told.subject,
  jsonb_build_object('uid', told.subject, 'name', told.old_value, 'key', lower(told.old_value), 'created_by', edit.actor,
    'created_at', edit.made_at, 'updated_by', edit.actor, 'updated_at', edit.made_at)
  || CASE told.kind WHEN 'group' THEN jsonb_build_object('kind', 'static') ELSE '{}' END
FROM host_edits told JOIN edits edit ON edit.id = told.edit_id
WHERE told.kind IN ('tag', 'group') AND told.new_value IS NULL
  AND told.subject NOT IN (SELECT uid FROM tags) AND told.subject NOT IN (SELECT uid FROM host_groups)
ORDER BY told.subject, told.id DESC;

-- Scans that lost a tag with its removal, and those that an undo gave it to again. Nobody's edit of the tags of scans is written
-- here: it marks what it says anew of a scan and a tag, which no undo changes from then on.
CREATE TABLE scan_tag_edits (
  edit_id     bigint NOT NULL REFERENCES edits ON DELETE RESTRICT,
  job_id      bigint NOT NULL REFERENCES scan_jobs ON DELETE CASCADE,
  subject     uuid NOT NULL,
  added       boolean NOT NULL,
  said_again  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (edit_id, subject, job_id)
);
CREATE INDEX scan_tag_edits_of_scan ON scan_tag_edits (job_id, subject);
