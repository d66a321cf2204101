import type { HostPort } from '#contract/hosts/host.js';
import { parseService } from '#domain/enrichment/finding.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { serviceName } from '#domain/ports/service-name.js';

type ServiceFields = Pick<
  HostPort,
  'service' | 'service_method' | 'product' | 'version' | 'extra_info' | 'tunnel' | 'cpe'
>;

/** What was found to listen, and where nothing was, what is usual on the port, told as such. */
export function presentService(protocol: Protocol, port: number, value: string | null): ServiceFields {
  const found = value === null ? undefined : parseService(value);
  const usual = found?.name === undefined ? serviceName(protocol, port) : undefined;
  return {
    service: found?.name ?? usual ?? null,
    service_method: found?.name !== undefined ? 'probed' : usual === undefined ? null : 'table',
    product: found?.product ?? null,
    version: found?.version ?? null,
    extra_info: found?.extraInfo ?? null,
    tunnel: found?.tunnel ?? null,
    cpe: [...(found?.cpe ?? [])],
  };
}
