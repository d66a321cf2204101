import type { ScanPort } from '#contract/scans/scan.js';
import { serviceNameText } from '#domain/ports/service-text.js';
import { formatCount } from '../../format/number.ts';

type ChipPort = Pick<ScanPort, 'port' | 'protocol' | 'state' | 'service' | 'service_method'>;

interface PortChipsProps {
  readonly ports: readonly ChipPort[];
  /** How many are shown before `+N`. */
  readonly limit: number;
}

/** Open ports at a glance: `22/tcp ssh`, `22/tcp ssh?` when nobody asked what listens there. */
export function PortChips({ ports, limit }: PortChipsProps) {
  if (ports.length === 0) return <span className="text-sm text-muted">no open ports</span>;
  const rest = ports.slice(limit);
  return (
    <ul className="flex flex-wrap gap-1">
      {ports.slice(0, limit).map((port) => (
        <li key={`${port.port}/${port.protocol}`}>
          <PortChip port={port} />
        </li>
      ))}
      {rest.length > 0 && (
        <li
          className="rounded-md px-1.5 py-0.5 text-xs text-muted"
          title={rest.slice(0, 100).map(nameOf).join(', ')}
        >
          +{formatCount(rest.length)}
        </li>
      )}
    </ul>
  );
}

function PortChip({ port }: { readonly port: ChipPort }) {
  const isSure = port.state === 'open';
  return (
    <span
      className={`inline-flex gap-1.5 rounded-md px-1.5 py-0.5 text-xs whitespace-nowrap ${
        isSure ? 'bg-accent-soft text-accent-strong' : 'border border-dashed border-edge text-muted'
      }`}
      title={isSure ? undefined : port.state}
    >
      <span className="font-mono">
        {port.port}/{port.protocol}
      </span>
      {port.service !== null && <span className="opacity-90">{serviceNameText(port)}</span>}
    </span>
  );
}

function nameOf(port: ChipPort): string {
  const place = `${port.port}/${port.protocol}`;
  return port.service === null ? place : `${place} ${serviceNameText(port)}`;
}
