import type { EnricherName } from '#domain/enrichment/enricher.js';
import type { PortFindingFact } from '#domain/enrichment/finding.js';
import type { Conversation } from '#net/probe/ports/conversation.js';

/** The finding of one enricher on one port. */
export interface EnricherResult {
  readonly fact: PortFindingFact;
  readonly value: string;
  readonly reason: string;
}

/** Opens another connection to the port, when the budgets allow it. Throws `ConversationError`. */
export type OpenConversation = () => Promise<Conversation>;

/** Learns one kind of fact about the service on an open TCP port. */
export interface Enricher {
  readonly name: EnricherName;
  /** The kinds of findings it yields. */
  readonly facts: readonly PortFindingFact[];
  /** The ports it connects to, when a scan finds them open. */
  readonly ports: readonly number[];
  /** Packets that one connection costs, charged before it is opened. */
  readonly packets: number;
  /** For one connection, from its first packet to its last. */
  readonly timeoutMs: number;
  /** Maximum of bytes read from one connection. */
  readonly maxBytes: number;
  /** Throws for any unexpected response, and then there is no finding. The caller closes the connections it opens. */
  probe(open: OpenConversation): Promise<EnricherResult | undefined>;
}
