import { Link } from '@tanstack/react-router';

interface HostAddressProps {
  readonly ip: string;
  /** Null where no host is known. */
  readonly hostId: string | null;
  /** Of a link. */
  readonly className?: string;
}

/** An address, which leads to its host where one is known. */
export function HostAddress({ ip, hostId, className = '' }: HostAddressProps) {
  if (hostId === null) return <span className="font-mono break-all">{ip}</span>;
  return (
    <Link
      to="/hosts/$id"
      params={{ id: hostId }}
      className={`font-mono break-all hover:text-accent hover:underline ${className}`}
    >
      {ip}
    </Link>
  );
}
