/** What the process answers to whoever started it; part of the contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The verb did its work, and what it looked for is there: `verify` found a fault. */
  found: 3,
  privilege: 4,
  database: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
