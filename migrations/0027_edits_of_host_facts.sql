-- Names, graces and ignoring are edits like tags and notes, and can be taken back. Each has one value of a host, as an owner.

ALTER TABLE host_edits
  DROP CONSTRAINT host_edits_kind_words,
  ADD CONSTRAINT host_edits_kind_words CHECK (kind IN (
    'tag', 'group', 'owner', 'field', 'note', 'custom_name', 'ignored', 'grace_misses', 'gone_after_days')),
  DROP CONSTRAINT host_edits_have_a_subject,
  ADD CONSTRAINT host_edits_have_a_subject CHECK ((kind IN ('tag', 'group', 'field', 'note')) = (subject IS NOT NULL));
