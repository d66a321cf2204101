import { Link } from '@tanstack/react-router';

interface HostAddressProps {
  readonly ip: string;
  /** Null where no host is known. */
  readonly hostId: string | null;
  /** Of a link. */
  readonly className?: string;
}

/** Of an address: one of IPv6 may have to be broken, and of IPv4 half of one reads as another. */
export function addressClass(ip: string): string {
  return ip.includes(':') ? 'font-mono break-all' : 'font-mono whitespace-nowrap';
}

/** An address, which leads to its host where one is known. */
export function HostAddress({ ip, hostId, className = '' }: HostAddressProps) {
  if (hostId === null) return <span className={addressClass(ip)}>{ip}</span>;
  return (
    <Link
      to="/hosts/$id"
      params={{ id: hostId }}
      className={`${addressClass(ip)} hover:text-accent hover:underline ${className}`}
    >
      {ip}
    </Link>
  );
}
