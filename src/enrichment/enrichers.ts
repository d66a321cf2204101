import type { EnricherName } from '#domain/enrichment/enricher.js';
import { isPrintPort } from '#domain/ports/print-ports.js';
import type { Enricher } from '#enrichment/enricher.js';
import { SSH_HOST_KEYS } from '#enrichment/ssh/ssh-host-keys.js';
import { TLS_CERTIFICATE } from '#enrichment/tls-certificate.js';

/** All enrichers. A new one needs a line here and its name in `ENRICHER_NAMES`. */
export const ENRICHERS: readonly Enricher[] = [SSH_HOST_KEYS, TLS_CERTIFICATE];

/** The requested enrichers that apply to a TCP port; none for a printer port. */
export function enrichersOf(
  port: number,
  requested: readonly EnricherName[],
  table: readonly Enricher[] = ENRICHERS,
): readonly Enricher[] {
  if (isPrintPort(port)) return [];
  return table.filter(({ name, ports }) => requested.includes(name) && ports.includes(port));
}
