/** A call of the operating system that failed; `code` is its name for the error, such as EPERM. */
export class SocketError extends Error {
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call}: ${code}`);
    this.code = code;
  }
}
