import type { Address } from '#domain/addresses/address.js';
import type { HostFact } from '#domain/hosts/host-fact.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { parseJsonObject } from '#domain/text/json-object.js';

/** What may be found of a host that is no state of a port and no sign of life. */
export const FINDING_FACTS = [
  'hostname',
  'mac_address',
  'vendor',
  'os_family',
  'os_name',
  'service',
  'ssh_host_key',
  'tls_certificate',
] as const satisfies readonly HostFact[];
export type FindingFact = (typeof FINDING_FACTS)[number];

/** Those that are of a port, and not of the host itself. */
export const PORT_FINDING_FACTS = [
  'service',
  'ssh_host_key',
  'tls_certificate',
] as const satisfies readonly FindingFact[];
export type PortFindingFact = (typeof PORT_FINDING_FACTS)[number];

export function isPortFinding(fact: FindingFact): boolean {
  return PORT_FINDING_FACTS.some((ofPort) => ofPort === fact);
}

/** One value of one fact as one observer saw it. */
export interface Finding {
  readonly address: Address;
  readonly fact: FindingFact;
  /** With facts of a port alone, as is the port. */
  readonly protocol: Protocol | null;
  readonly port: number | null;
  /** For `service` what `serviceValue` writes, for keys `sshHostKeysValue`, for certificates `certificateValue`. */
  readonly value: string;
  /** How it became known, in a word or two: `PTR`, `nmap 96%`, `TLSv1.3`; of an SSH server, how it introduced itself. */
  readonly reason: string | null;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly observedAtMs: number;
}

/** What listens on a port, as far as it told. */
export interface Service {
  readonly name?: string | undefined;
  readonly product?: string | undefined;
  readonly version?: string | undefined;
  readonly extraInfo?: string | undefined;
  /** Operating system that the service says it runs on. */
  readonly osType?: string | undefined;
  /** `ssl` when it speaks inside TLS. */
  readonly tunnel?: string | undefined;
  readonly cpe?: readonly string[] | undefined;
}

const TEXT_KEYS = ['name', 'product', 'version', 'extraInfo', 'osType', 'tunnel'] as const;

/** Canonical text of a service: the same service gives the same text. Undefined when nothing is known. */
export function serviceValue(service: Service): string | undefined {
  const texts = TEXT_KEYS.flatMap((key) => {
    const text = service[key];
    return text === undefined || text === '' ? [] : [[key, text] as const];
  });
  const cpe = [...new Set(service.cpe ?? [])].sort();
  if (texts.length === 0 && cpe.length === 0) return undefined;
  return JSON.stringify({ ...Object.fromEntries(texts), ...(cpe.length === 0 ? {} : { cpe }) });
}

/** Inverse of `serviceValue`; undefined for any other text. */
export function parseService(value: string): Service | undefined {
  const parsed = parseJsonObject(value);
  if (parsed === undefined) return undefined;
  const texts = TEXT_KEYS.flatMap((key) => {
    const text = parsed.get(key);
    return typeof text === 'string' ? [[key, text] as const] : [];
  });
  const listed = parsed.get('cpe');
  const cpe = Array.isArray(listed) ? listed.filter((item) => typeof item === 'string') : [];
  return { ...Object.fromEntries(texts), ...(cpe.length === 0 ? {} : { cpe }) };
}

/** A service as a person reads it: `ssl/http nginx 1.18.0 (Ubuntu)`. */
export function serviceText({ name, product, version, extraInfo, tunnel }: Service): string {
  const spoken = tunnel === undefined ? name : `${tunnel}/${name ?? '?'}`;
  const extra = extraInfo === undefined ? undefined : `(${extraInfo})`;
  return [spoken, product, version, extra].filter((part) => part !== undefined).join(' ');
}
