/** A call that the kernel refused. `code` is its error's name, such as EPERM. */
export class NativeCallError extends Error {
  override readonly name = 'NativeCallError';
  readonly call: string;
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call} failed: ${code}`);
    this.call = call;
    this.code = code;
  }
}
