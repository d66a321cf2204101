/**
 * The one catalogue of errors a person can meet. A code is part of the contract: it is the same
 * over CLI and HTTP and never changes its meaning. `http` and `exit` are what the two faces answer.
 */
export const ERROR_CATALOG = {
  invalid_request: { http: 400, exit: 2 },
  invalid_target: { http: 400, exit: 2 },
  target_refused: { http: 400, exit: 2 },
  outside_scope: { http: 403, exit: 4 },
  target_empty: { http: 400, exit: 2 },
  name_not_resolved: { http: 400, exit: 1 },
  resolver_unreachable: { http: 503, exit: 1 },
  invalid_ports: { http: 400, exit: 2 },
  idle_setting: { http: 400, exit: 2 },
  scan_too_large: { http: 400, exit: 2 },
  confirmation_required: { http: 409, exit: 2 },
  usage: { http: 400, exit: 2 },
  invalid_filter: { http: 400, exit: 2 },
  filter_names_nothing: { http: 400, exit: 2 },
  not_in_history: { http: 400, exit: 2 },
  group_cycle: { http: 409, exit: 1 },
  future_time: { http: 400, exit: 2 },
  time_uncommitted: { http: 503, exit: 1 },
  file_unreadable: { http: 400, exit: 2 },
  invalid_report: { http: 400, exit: 1 },
  unauthenticated: { http: 401, exit: 4 },
  forbidden: { http: 403, exit: 4 },
  privilege_missing: { http: 403, exit: 4 },
  not_found: { http: 404, exit: 1 },
  method_not_allowed: { http: 405, exit: 2 },
  conflict: { http: 409, exit: 1 },
  built_in_profile: { http: 403, exit: 1 },
  invalid_transition: { http: 409, exit: 1 },
  not_comparable: { http: 409, exit: 1 },
  beyond_retention: { http: 410, exit: 1 },
  payload_too_large: { http: 413, exit: 2 },
  unsupported_media_type: { http: 415, exit: 2 },
  rate_limited: { http: 429, exit: 1 },
  missing_reference: { http: 409, exit: 1 },
  lease_lost: { http: 409, exit: 1 },
  batch_conflict: { http: 409, exit: 1 },
  storage_failed: { http: 500, exit: 1 },
  faults_found: { http: 500, exit: 3 },
  engine_failed: { http: 500, exit: 1 },
  engine_unavailable: { http: 409, exit: 1 },
  no_worker: { http: 409, exit: 1 },
  worker_version_skew: { http: 409, exit: 1 },
  prober_died: { http: 500, exit: 1 },
  program_rebuilt: { http: 503, exit: 1 },
  internal: { http: 500, exit: 1 },
  database_unavailable: { http: 503, exit: 5 },
  database_empty: { http: 503, exit: 5 },
  database_too_new: { http: 503, exit: 5 },
  database_too_old: { http: 503, exit: 5 },
  database_foreign: { http: 503, exit: 5 },
  migration_changed: { http: 503, exit: 5 },
  migration_failed: { http: 503, exit: 5 },
  backup_failed: { http: 503, exit: 1 },
  invalid_backup: { http: 400, exit: 1 },
  backup_too_new: { http: 409, exit: 1 },
  database_not_empty: { http: 409, exit: 1 },
  restore_failed: { http: 503, exit: 1 },
  embedded_unsupported: { http: 503, exit: 5 },
  data_dir_unusable: { http: 503, exit: 5 },
  server_unreachable: { http: 503, exit: 1 },
  server_running: { http: 409, exit: 1 },
  port_in_use: { http: 409, exit: 1 },
  invalid_configuration: { http: 400, exit: 2 },
  interrupted: { http: 499, exit: 130 },
} as const;

export type ErrorCode = keyof typeof ERROR_CATALOG;
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, text);
}

export interface ErrorDetails {
  /** What the person can do about it, as one sentence. */
  hint?: string;
  /** Where it is, for bad input: the offending word, path or column. */
  at?: string;
  /** Machine-readable facts: missing ids, limits, SQLSTATE. Never a secret. */
  facts?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** The only error type that reaches a person: one sentence, a stable code, perhaps a hint. */
export class ScanoramaError extends Error {
  override readonly name = 'ScanoramaError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: string | undefined;
  readonly facts: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.at = details.at;
    this.facts = details.facts;
  }
}
