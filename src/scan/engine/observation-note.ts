import type { Finding } from '#domain/enrichment/finding.js';
import type { DiscoveryEvents } from '#net/probe/hosts/host-response.js';

/**
 * What an engine tells beside the states of ports. It is stored in one transaction with the batch that holds
 * `position`, which an engine therefore settles after or together with the note, never before it.
 */
export type Note = { readonly position: number } & (
  | { readonly kind: 'finding'; readonly finding: Finding }
  /** One sentence on what positions are skipped for though they were asked; their scan ends partial. */
  | { readonly kind: 'partial'; readonly sentence: string }
  | { readonly kind: 'discovery'; readonly events: DiscoveryEvents }
);
