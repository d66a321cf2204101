import { completionOf, type Message, statementOf } from './messages.ts';

/**
 * The points of a batch and of the end of a scan at which a program, a connection or PostgreSQL is killed. Rows are
 * stored by one set-based statement, where older designs had COPY: `rows` is that statement.
 */
export const KILL_POINTS = [
  'before rows',
  'inside rows',
  'after rows',
  'commit not sent',
  'commit not acknowledged',
  'finish not sent',
  'finish not acknowledged',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

/** How statements of the product are recognized. One that was reworded no longer matches, and the run reports that. */
const ROWS = /INSERT INTO port_scans\b/;
const LEDGER = /INSERT INTO scan_batches\b/;
const FINISH = /\bFROM per_shard\b/;

/** Follows one connection, and returns the point it has reached with each message. */
export class Course {
  #isBatch = false;
  #isFinish = false;
  #rows: 'none' | 'parsed' | 'bound' = 'none';
  #isCommitting = false;

  /** The point of the connection before this message of the client is forwarded. */
  ofClient(message: Message): KillPoint | undefined {
    const statement = statementOf(message);
    if (statement === undefined) return this.#ofParameters(message);
    if (/^\s*begin/i.test(statement)) this.#begin();
    if (LEDGER.test(statement)) this.#isBatch = true;
    if (FINISH.test(statement)) this.#isFinish = true;
    if (ROWS.test(statement)) {
      this.#rows = 'parsed';
      return 'before rows';
    }
    if (!/^\s*commit/i.test(statement) || (!this.#isBatch && !this.#isFinish)) return undefined;
    this.#isCommitting = true;
    return this.#isFinish ? 'finish not sent' : 'commit not sent';
  }

  /** The point of the connection before this message of the server is forwarded. */
  ofServer(message: Message): KillPoint | undefined {
    const completion = completionOf(message);
    if (completion?.startsWith('INSERT') === true && this.#rows === 'bound') {
      this.#rows = 'none';
      return 'after rows';
    }
    if (completion !== 'COMMIT' || !this.#isCommitting) return undefined;
    this.#isCommitting = false;
    return this.#isFinish ? 'finish not acknowledged' : 'commit not acknowledged';
  }

  #begin(): void {
    this.#isBatch = false;
    this.#isFinish = false;
    this.#rows = 'none';
    this.#isCommitting = false;
  }

  #ofParameters({ type }: Message): KillPoint | undefined {
    if (type !== 'B' || this.#rows !== 'parsed') return undefined;
    this.#rows = 'bound';
    return 'inside rows';
  }
}
