import { resolverFailureText } from '#domain/scans/warning.js';

/** Why a scan of smart scan could not find out what it was for; one that was whole and found nothing has none. */
export type AttemptFailure =
  | { readonly kind: 'failed'; readonly message: string }
  /** Null where a person stopped it. */
  | { readonly kind: 'stopped'; readonly why: string | null }
  /** The lack of names, as remarks have it. */
  | { readonly kind: 'names-not-told'; readonly lack: string };

/** As the reason of a stage that rests after it. */
export function unreachableText(unreachable: AttemptFailure): string {
  switch (unreachable.kind) {
    case 'failed':
      return `The last scan for it failed: ${unreachable.message}`;
    case 'stopped':
      return `The last scan for it was stopped${unreachable.why === null ? '.' : `: ${unreachable.why}`}`;
    default:
      return `The last scan for it did not receive all names: ${resolverFailureText(unreachable.lack, 'the resolver')}.`;
  }
}
