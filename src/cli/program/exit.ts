/** Exit codes of the process. They are part of the contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The verb did its work, and there is something to look at: `verify` found a fault, a scan or an import is partial. */
  found: 3,
  privilege: 4,
  database: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
