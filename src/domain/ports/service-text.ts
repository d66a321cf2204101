import { serviceText } from '#domain/enrichment/finding.js';

/** How a service's name is known: it was `probed`, or it is what the `table` of ports has and nobody looked. */
export const SERVICE_METHODS = ['probed', 'table'] as const;
export type ServiceMethod = (typeof SERVICE_METHODS)[number];

interface Named {
  readonly service: string | null;
  readonly service_method: ServiceMethod | null;
}

/** A service as the API tells of it. */
interface Reported extends Named {
  readonly product: string | null;
  readonly version: string | null;
  readonly extra_info: string | null;
  readonly tunnel: string | null;
}

/** The name, with a question mark when it is only what is usual on the port: `ssh`, `ssh?`. */
export function serviceNameText({ service, service_method }: Named): string | null {
  return service !== null && service_method === 'table' ? `${service}?` : service;
}

/** What listens on a port, in a line: `ssl/http nginx 1.18.0`, `http?` when nobody asked; null when nobody knows. */
export function portServiceText({ product, version, extra_info, tunnel, ...named }: Reported): string | null {
  const text = serviceText({
    name: serviceNameText(named) ?? undefined,
    product: product ?? undefined,
    version: version ?? undefined,
    extraInfo: extra_info ?? undefined,
    tunnel: tunnel ?? undefined,
  });
  return text === '' ? null : text;
}
