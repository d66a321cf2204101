-- What a service told of one of its properties, of the JSON that `serviceValue` writes. By its text and not as JSON, so that
-- a value of another kind is NULL and no error: a quote and a backslash are what they stand for, a control character stays
-- as it is written there. Its first 255 characters, as much as an entry of an index can surely hold.
CREATE FUNCTION service_part(value text, key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN left(regexp_replace(substring(value FROM '"' || key || '":"((?:[^"\\]|\\.)*)"'), '\\(["\\])', '\1', 'g'), 255);

-- `service:ssh` and `service:http*`, which would read every fact otherwise; also the names that a search offers.
CREATE INDEX host_facts_service ON host_facts (lower(service_part(value, 'name') COLLATE "C"), host_id)
  WHERE fact = 'service';
-- `changed<24h`: history is appended in about the order of its times, so its newest pages are found by a few bytes for each
-- range of them, and storing it costs next to nothing more.
CREATE INDEX host_history_observed ON host_history USING brin (observed_at) WITH (pages_per_range = 32, autosummarize = on);

-- The words of a name, to be found by their beginnings: as they are spoken, and each part of them (web-01.example, web, 01,
-- example). Without an extension, which not every server lets us have. At most 500 characters, so that none is too long.
CREATE FUNCTION search_words(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN array_to_tsvector(array_remove(
    regexp_split_to_array(lower(left(given, 500) COLLATE "C"), '\s+')
      || regexp_split_to_array(lower(left(given, 500) COLLATE "C"), '[\s.,:;/_@()-]+'), ''));
-- What a scan is called and asks: its targets as they were written, the first 50 of them.
CREATE FUNCTION scan_words(name text, targets text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN search_words(name) || array_to_tsvector(ARRAY(
    SELECT DISTINCT word FROM unnest(targets[1:50]) AS target,
      regexp_split_to_table(lower(left(target, 300) COLLATE "C"), '\s+') AS word WHERE word <> ''));

-- For the search over everything. A column and not only an expression of the index: it is made when a name changes and not
-- each time a host is seen, and where the planner walks the addresses instead, looking at a host costs next to nothing.
ALTER TABLE hosts ADD words tsvector GENERATED ALWAYS AS (
  CASE WHEN hostname IS NOT NULL OR vendor IS NOT NULL
    THEN search_words(coalesce(hostname, '') || ' ' || coalesce(vendor, '')) END) STORED;
CREATE INDEX hosts_words ON hosts USING gin (words) WHERE words IS NOT NULL;
CREATE INDEX hosts_mac ON hosts (mac_address) WHERE mac_address IS NOT NULL;
CREATE INDEX scan_jobs_words ON scan_jobs USING gin (scan_words(coalesce(name, ''), targets)) WHERE deleted_at IS NULL;
