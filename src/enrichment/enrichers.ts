import type { EnricherName } from '#domain/enrichment/enricher.js';
import { isPrintPort } from '#domain/ports/print-ports.js';
import type { Enricher } from '#enrichment/enricher.js';
import { SSH_HOST_KEYS } from '#enrichment/ssh/ssh-host-keys.js';
import { TLS_CERTIFICATE } from '#enrichment/tls-certificate.js';

/** What is asked of open ports. One more enricher is one more line here, and its name in `COLLECTORS`. */
export const ENRICHERS: readonly Enricher[] = [SSH_HOST_KEYS, TLS_CERTIFICATE];

/** Which of the wished enrichers ask a TCP port. */
export function enrichersOf(
  port: number,
  requested: readonly EnricherName[],
  table: readonly Enricher[] = ENRICHERS,
): readonly Enricher[] {
  if (isPrintPort(port)) return [];
  return table.filter(({ name, ports }) => requested.includes(name) && ports.includes(port));
}
