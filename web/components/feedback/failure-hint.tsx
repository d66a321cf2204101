import { Link } from '@tanstack/react-router';
import type { Failure } from '../../api/failure.ts';

/** What can be done about a failure, and where. */
export function FailureHint({ failure: { hint, remedy } }: { readonly failure: Failure }) {
  if (hint === undefined && remedy === undefined) return null;
  return (
    <span className="block text-muted">
      {hint}{' '}
      {remedy && (
        <Link to={remedy.path} className="font-medium whitespace-nowrap text-accent underline">
          {remedy.title}
        </Link>
      )}
    </span>
  );
}
