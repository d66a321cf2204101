import { Link } from '@tanstack/react-router';
import { buttonClass } from '../../components/button.tsx';

export function NotFound() {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-4 px-4 py-24 text-center">
      <title>Not found · Scanorama</title>
      <h1 className="text-2xl font-semibold">There is nothing here</h1>
      <p className="text-muted">The address may be mistyped, or what it showed is no longer kept.</p>
      <Link to="/scans" className={buttonClass()}>
        Go to scans
      </Link>
    </div>
  );
}
