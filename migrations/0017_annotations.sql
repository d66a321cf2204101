-- What people say of hosts: tags, groups, notes, owners and fields of their own; and who said so, when.
-- `key` is a name without its case, as the program folds it: the locale of a database must not decide which names are the same.

CREATE TABLE tags (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid NOT NULL UNIQUE,
  name        text NOT NULL CONSTRAINT tags_name_form CHECK (char_length(name) BETWEEN 1 AND 64 AND name = btrim(name) AND name !~ '[[:cntrl:],"]'),
  key         text NOT NULL CONSTRAINT tags_key_once UNIQUE,
  colour      text CONSTRAINT tags_colour_form CHECK (colour ~ '^#[0-9a-f]{6}$'),
  created_by  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_by  text NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Removing a tag takes it from its hosts, which the program writes down first; a purged host takes along what was said of it.
CREATE TABLE host_tags (
  host_id  bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  tag_id   bigint NOT NULL REFERENCES tags ON DELETE CASCADE,
  PRIMARY KEY (host_id, tag_id)
);
CREATE INDEX host_tags_tag ON host_tags (tag_id, host_id);

-- The members of a static group are listed; those of a rule group are whatever matches its rule when it is asked for.
CREATE TABLE host_groups (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid          uuid NOT NULL UNIQUE,
  name         text NOT NULL CONSTRAINT host_groups_name_form CHECK (char_length(name) BETWEEN 1 AND 64 AND name = btrim(name) AND name !~ '[[:cntrl:],"]'),
  key          text NOT NULL CONSTRAINT host_groups_key_once UNIQUE,
  description  text CONSTRAINT host_groups_description_length CHECK (char_length(description) BETWEEN 1 AND 2000),
  colour       text CONSTRAINT host_groups_colour_form CHECK (colour ~ '^#[0-9a-f]{6}$'),
  kind         text NOT NULL CONSTRAINT host_groups_kind_words CHECK (kind IN ('static', 'rule')),
  -- The rule as it was written, and what it was understood as.
  rule_text    text CONSTRAINT host_groups_rule_length CHECK (char_length(rule_text) BETWEEN 1 AND 4096),
  rule         jsonb CONSTRAINT host_groups_rule_form CHECK (jsonb_typeof(rule) = 'object'),
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_by   text NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT host_groups_rules_have_one CHECK (num_nonnulls(rule_text, rule) = CASE kind WHEN 'rule' THEN 2 ELSE 0 END)
);

-- Removing a group does nothing to its hosts.
CREATE TABLE host_group_members (
  group_id  bigint NOT NULL REFERENCES host_groups ON DELETE CASCADE,
  host_id   bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  PRIMARY KEY (group_id, host_id)
);
CREATE INDEX host_group_members_host ON host_group_members (host_id);

CREATE TABLE owners (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid NOT NULL UNIQUE,
  name        text NOT NULL CONSTRAINT owners_name_form CHECK (char_length(name) BETWEEN 1 AND 64 AND name = btrim(name) AND name !~ '[[:cntrl:],"]'),
  key         text NOT NULL CONSTRAINT owners_key_once UNIQUE,
  contact     text CONSTRAINT owners_contact_length CHECK (char_length(contact) BETWEEN 1 AND 500),
  created_by  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_by  text NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now()
);

-- An owner is not removed while anything is theirs: nothing becomes nobody's unnoticed.
CREATE TABLE host_owners (
  host_id   bigint PRIMARY KEY REFERENCES hosts ON DELETE CASCADE,
  owner_id  bigint NOT NULL REFERENCES owners ON DELETE RESTRICT
);
CREATE INDEX host_owners_owner ON host_owners (owner_id);

-- Hosts without an owner of their own have that of the narrowest such network around them.
CREATE TABLE network_owners (
  network_id   bigint PRIMARY KEY REFERENCES networks ON DELETE CASCADE,
  owner_id     bigint NOT NULL REFERENCES owners ON DELETE RESTRICT,
  assigned_by  text NOT NULL,
  assigned_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX network_owners_owner ON network_owners (owner_id);

-- Fields that an installation has defined for its hosts.
CREATE TABLE custom_fields (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid          uuid NOT NULL UNIQUE,
  name         text NOT NULL CONSTRAINT custom_fields_name_once UNIQUE
                 CONSTRAINT custom_fields_name_form CHECK (name ~ '^[a-z][a-z0-9_-]{0,63}$'),
  type         text NOT NULL CONSTRAINT custom_fields_type_words CHECK (type IN ('text', 'number', 'date', 'flag', 'choice')),
  choices      text[] CONSTRAINT custom_fields_choices_length CHECK (cardinality(choices) BETWEEN 1 AND 100),
  description  text CONSTRAINT custom_fields_description_length CHECK (char_length(description) BETWEEN 1 AND 2000),
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_by   text NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT custom_fields_choices_of_a_choice CHECK ((type = 'choice') = (choices IS NOT NULL))
);

-- The type is repeated so that the form of a value can be checked where it stands; `verify` holds it against the field's.
CREATE TABLE host_field_values (
  host_id   bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  field_id  bigint NOT NULL REFERENCES custom_fields ON DELETE CASCADE,
  type      text NOT NULL CONSTRAINT host_field_values_type_words CHECK (type IN ('text', 'number', 'date', 'flag', 'choice')),
  value     text NOT NULL CONSTRAINT host_field_values_form CHECK (CASE type
              WHEN 'number' THEN value ~ '^-?(0|[1-9][0-9]{0,14})(\.[0-9]{0,8}[1-9])?$'
              WHEN 'date' THEN value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
              WHEN 'flag' THEN value IN ('true', 'false')
              ELSE char_length(value) BETWEEN 1 AND 500 END),
  PRIMARY KEY (host_id, field_id)
);
CREATE INDEX host_field_values_field ON host_field_values (field_id, value);

-- Plain text. A note that somebody took away is marked and stays in the history of the host.
CREATE TABLE host_notes (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid NOT NULL UNIQUE,
  host_id     bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  text        text NOT NULL CONSTRAINT host_notes_length CHECK (char_length(text) BETWEEN 1 AND 4000),
  author      text NOT NULL,
  written_at  timestamptz NOT NULL DEFAULT now(),
  removed_at  timestamptz,
  CONSTRAINT host_notes_times_in_order CHECK (removed_at >= written_at)
);
CREATE INDEX host_notes_host ON host_notes (host_id, id);

-- One act of one person on one or many hosts. It is never removed, and can be taken back once.
CREATE TABLE edits (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid      uuid NOT NULL UNIQUE,
  actor    text NOT NULL,
  summary  text NOT NULL CHECK (char_length(summary) BETWEEN 1 AND 500),
  undoes   bigint CONSTRAINT edits_undone_once UNIQUE REFERENCES edits ON DELETE RESTRICT,
  made_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT edits_not_their_own_undo CHECK (undoes <> id)
);

-- What an edit changed of each host; nothing is written of hosts that were so before. The newest row of each subject is
-- what stands now, which `verify` checks. Names are told as they were then, and outlive what they name; subjects are uids.
CREATE TABLE host_edits (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  edit_id    bigint NOT NULL REFERENCES edits ON DELETE RESTRICT,
  host_id    bigint NOT NULL REFERENCES hosts ON DELETE CASCADE,
  kind       text NOT NULL CONSTRAINT host_edits_kind_words CHECK (kind IN ('tag', 'group', 'owner', 'field', 'note')),
  -- The tag, group, field or note; of an owner nothing, since a host has one.
  subject    uuid,
  -- Of a field its name.
  label      text,
  old_value  text,
  new_value  text,
  old_owner  uuid,
  new_owner  uuid,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT host_edits_change_something CHECK (old_value IS DISTINCT FROM new_value OR old_owner IS DISTINCT FROM new_owner),
  CONSTRAINT host_edits_have_a_subject CHECK ((kind = 'owner') = (subject IS NULL)),
  CONSTRAINT host_edits_fields_have_a_label CHECK ((kind = 'field') = (label IS NOT NULL)),
  CONSTRAINT host_edits_owners_alone CHECK (kind = 'owner' OR num_nonnulls(old_owner, new_owner) = 0),
  CONSTRAINT host_edits_owners_are_named CHECK ((old_owner IS NULL) = (old_value IS NULL) AND (new_owner IS NULL) = (new_value IS NULL) OR kind <> 'owner')
);
CREATE INDEX host_edits_of_host ON host_edits (host_id, kind, subject, id);
CREATE INDEX host_edits_of_edit ON host_edits (edit_id, host_id);
