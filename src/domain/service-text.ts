import { serviceText } from '#domain/finding.js';

/** A service as the API tells of it. */
interface Told {
  readonly service: string | null;
  readonly product: string | null;
  readonly version: string | null;
  readonly extra_info: string | null;
  readonly tunnel: string | null;
}

/** What listens on a port, in a line: `ssl/http nginx 1.18.0`; null when nobody knows. */
export function portServiceText({ service, product, version, extra_info, tunnel }: Told): string | null {
  const text = serviceText({
    name: service ?? undefined,
    product: product ?? undefined,
    version: version ?? undefined,
    extraInfo: extra_info ?? undefined,
    tunnel: tunnel ?? undefined,
  });
  return text === '' ? null : text;
}
