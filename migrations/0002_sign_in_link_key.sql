-- A sign-in link that was made with a key, and the session it opens, end with the key.
ALTER TABLE sign_in_tokens ADD COLUMN api_key_id bigint REFERENCES api_keys ON DELETE CASCADE;
CREATE INDEX sign_in_tokens_api_key ON sign_in_tokens (api_key_id) WHERE api_key_id IS NOT NULL;
