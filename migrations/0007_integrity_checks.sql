-- What each whole verify found, so that the last one can be told at once and after a restart.
CREATE TABLE integrity_checks (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at  timestamptz NOT NULL,
  duration_ms bigint NOT NULL CHECK (duration_ms >= 0),
  -- Of each check its name, what it means, the number of its faults and examples of them.
  checks      jsonb NOT NULL CHECK (jsonb_typeof(checks) = 'array'),
  recorded_at timestamptz NOT NULL DEFAULT now()
);
