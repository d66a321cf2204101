import type { ScanPort } from '#contract/scan.js';
import { serviceText } from '#domain/finding.js';

type Told = Pick<ScanPort, 'service' | 'product' | 'version' | 'extra_info' | 'tunnel'>;

/** What listens on a port, in one cell: `ssl/http nginx 1.18.0`. */
export function serviceCell({ service, product, version, extra_info, tunnel }: Told): string {
  const text = serviceText({
    name: service ?? undefined,
    product: product ?? undefined,
    version: version ?? undefined,
    extraInfo: extra_info ?? undefined,
    tunnel: tunnel ?? undefined,
  });
  return text === '' ? '-' : text;
}
