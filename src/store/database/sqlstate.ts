/** What the storage does about one SQLSTATE. */
export interface SqlStateRule {
  /** The condition's name in PostgreSQL's documentation, Appendix A. */
  readonly condition: string;
  /** The same transaction may simply be tried again. */
  readonly isTransient: boolean;
  /** The server, or the way to it, is not there: a reason to ask whether PostgreSQL is away. */
  readonly isAway: boolean;
}

const again: Omit<SqlStateRule, 'condition'> = { isTransient: true, isAway: false };
const gone: Omit<SqlStateRule, 'condition'> = { isTransient: true, isAway: true };
const final: Omit<SqlStateRule, 'condition'> = { isTransient: false, isAway: false };

/**
 * The one table of errors that pass by themselves and of those near them that do not; a state that is not in it is never retried.
 * What is retried must bear to run twice, since after `08007` and `40003` nobody knows whether it was committed: a
 * batch does, by its ledger.
 */
export const SQLSTATE_RULES: ReadonlyMap<string, SqlStateRule> = new Map(
  Object.entries({
    '08000': { condition: 'connection_exception', ...gone },
    '08001': { condition: 'sqlclient_unable_to_establish_sqlconnection', ...gone },
    '08003': { condition: 'connection_does_not_exist', ...gone },
    '08004': { condition: 'sqlserver_rejected_establishment_of_sqlconnection', ...gone },
    '08006': { condition: 'connection_failure', ...gone },
    '08007': { condition: 'transaction_resolution_unknown', ...gone },
    '08P01': { condition: 'protocol_violation', ...final },
    '25P02': { condition: 'in_failed_sql_transaction', ...final },
    // A machine that slept in the middle of a transaction.
    '25P03': { condition: 'idle_in_transaction_session_timeout', ...again },
    '40000': { condition: 'transaction_rollback', ...again },
    '40001': { condition: 'serialization_failure', ...again },
    '40002': { condition: 'transaction_integrity_constraint_violation', ...final },
    '40003': { condition: 'statement_completion_unknown', ...again },
    '40P01': { condition: 'deadlock_detected', ...again },
    '53000': { condition: 'insufficient_resources', ...again },
    // Waiting does not empty a disk: the scan fails, says so, and can be resumed.
    '53100': { condition: 'disk_full', ...final },
    '53200': { condition: 'out_of_memory', ...again },
    // The server is there and answers whoever has a connection.
    '53300': { condition: 'too_many_connections', ...again },
    '53400': { condition: 'configuration_limit_exceeded', ...final },
    '55000': { condition: 'object_not_in_prerequisite_state', ...final },
    '55006': { condition: 'object_in_use', ...final },
    '55P02': { condition: 'cant_change_runtime_param', ...final },
    '55P03': { condition: 'lock_not_available', ...again },
    '57000': { condition: 'operator_intervention', ...final },
    // Also statement_timeout: a server that stood still for a minute ends every statement so when it goes on.
    '57014': { condition: 'query_canceled', ...again },
    '57P01': { condition: 'admin_shutdown', ...gone },
    '57P02': { condition: 'crash_shutdown', ...gone },
    '57P03': { condition: 'cannot_connect_now', ...gone },
    '57P04': { condition: 'database_dropped', ...final },
    '57P05': { condition: 'idle_session_timeout', ...gone },
    '58000': { condition: 'system_error', ...final },
    '58030': { condition: 'io_error', ...final },
  } satisfies Record<string, SqlStateRule>),
);

/** Counted by name where it happens: with every reference checked first there is none (I3). */
export const FOREIGN_KEY_VIOLATION = '23503';
