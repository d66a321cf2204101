/** One message of PostgreSQL's protocol, with its header. */
export interface Message {
  /** Its letter; empty for the first message of a client, which has none. */
  readonly type: string;
  /** Without letter and length. */
  readonly body: Buffer;
  readonly complete: Buffer;
}

const LENGTH_BYTES = 4;

/** Splits one direction of a connection into messages, however its bytes arrive. */
export class MessageCutter {
  #kept: Buffer = Buffer.alloc(0);
  #headBytes: 0 | 1;

  /** The first message of a client has no letter. */
  constructor(side: 'client' | 'server') {
    this.#headBytes = side === 'client' ? 0 : 1;
  }

  *cut(bytes: Buffer): Generator<Message, void, undefined> {
    this.#kept = Buffer.concat([this.#kept, bytes]);
    for (;;) {
      const head = this.#headBytes + LENGTH_BYTES;
      if (this.#kept.length < head) return;
      const end = this.#headBytes + this.#kept.readUInt32BE(this.#headBytes);
      if (this.#kept.length < end) return;
      const complete = this.#kept.subarray(0, end);
      const type = this.#headBytes === 0 ? '' : String.fromCharCode(complete[0] ?? 0);
      this.#kept = this.#kept.subarray(end);
      this.#headBytes = 1;
      yield { type, body: complete.subarray(head), complete };
    }
  }
}

/** The text of a simple query or of a statement that is parsed; undefined for any other message. */
export function statementOf({ type, body }: Message): string | undefined {
  if (type === 'Q') return textUntilZero(body, 0);
  // The name comes first.
  if (type === 'P') return textUntilZero(body, body.indexOf(0) + 1);
  return undefined;
}

/** The server's report of a completed statement, such as `INSERT 0 3` or `COMMIT`. */
export function completionOf({ type, body }: Message): string | undefined {
  return type === 'C' ? textUntilZero(body, 0) : undefined;
}

function textUntilZero(body: Buffer, from: number): string {
  const end = body.indexOf(0, from);
  return body.toString('utf8', from, end < 0 ? body.length : end);
}
