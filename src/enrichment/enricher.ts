import type { EnricherName } from '#domain/enrichment/enricher.js';
import type { PortFindingFact } from '#domain/enrichment/finding.js';
import type { Conversation } from '#net/probe/ports/conversation.js';

/** What one asking of one port brought. */
export interface Learnt {
  readonly fact: PortFindingFact;
  readonly value: string;
  readonly reason: string;
}

/** Opens one more connection to the port that is asked, when its budgets allow it. Throws `ConversationError`. */
export type OpenConversation = () => Promise<Conversation>;

/** One kind of question to what listens on an open TCP port. */
export interface Enricher {
  readonly name: EnricherName;
  /** The kinds of findings it yields. */
  readonly facts: readonly PortFindingFact[];
  /** The ports it asks, when a scan finds them open. */
  readonly ports: readonly number[];
  /** What one connection takes of the budgets, all of it before it is opened. */
  readonly packets: number;
  /** For one connection from its first packet to its last. */
  readonly timeoutMs: number;
  /** Bytes of one connection that are read. */
  readonly maxBytes: number;
  /**
   * Throws for whatever answers otherwise than it should, and then nothing was learnt. The conversations it opens are
   * closed by whoever lent them.
   */
  probe(open: OpenConversation): Promise<Learnt | undefined>;
}
