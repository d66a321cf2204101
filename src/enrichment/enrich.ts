import type { Address } from '#domain/addresses/address.js';
import type { Finding } from '#domain/enrichment/finding.js';
import type { Clock } from '#domain/time/clock.js';
import type { Enricher } from '#enrichment/enricher.js';
import { Conversation, ConversationError } from '#net/probe/ports/conversation.js';
import type { Gate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';

/** While waiting for the budgets, the gate and the signal are checked again after at most this long. */
const LONGEST_WAIT_MS = 100;
/** Attempts on a port when earlier ones were cut off because the exclusions were too old. */
const MAX_TRIES = 3;

export interface OpenPort {
  readonly address: Address;
  readonly port: number;
}

export interface EnrichParts {
  readonly gate: Gate;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with each opened connection, so that an abort can stop it at once. */
  readonly opened: (conversation: Conversation) => void;
}

/**
 * Runs one enricher on an open TCP port. No finding when the port does not respond as expected or is refused by the
 * gate; undefined when `signal` was aborted first. After an abort the caller stops the opened connections, then nothing
 * is sent. Never rejects.
 */
export async function enrich(
  enricher: Enricher,
  { address, port }: OpenPort,
  parts: EnrichParts,
): Promise<readonly Finding[] | undefined> {
  const { clock, signal } = parts;
  for (let tries = 1; tries <= MAX_TRIES && !signal.aborted; tries += 1) {
    const probed = await probeOnce(enricher, { address, port }, parts);
    if (probed === 'stale') continue;
    if (signal.aborted) return undefined;
    if (probed === undefined) return [];
    return [{ ...probed, address, protocol: 'tcp', port, observedAtMs: clock.now() }];
  }
  return signal.aborted ? undefined : [];
}

async function probeOnce(enricher: Enricher, at: OpenPort, parts: EnrichParts) {
  const { gate, opened } = parts;
  const { packets, timeoutMs, maxBytes } = enricher;
  const conversations: Conversation[] = [];
  const open = async (): Promise<Conversation> => {
    await untilCharged(packets, at.address, parts);
    const conversation = new Conversation({ gate, probe: { ...at, protocol: 'tcp' }, timeoutMs, maxBytes });
    // The enricher that reads it gets its error too.
    conversation.on('error', () => undefined);
    conversations.push(conversation);
    opened(conversation);
    return conversation;
  };
  try {
    return await enricher.probe(open);
  } catch (error) {
    const wasStale = conversations.some(({ errored }) => isStale(errored)) || isStale(error);
    return wasStale ? 'stale' : undefined;
  } finally {
    for (const conversation of conversations) if (!conversation.writableEnded) conversation.destroy();
  }
}

function isStale(error: unknown): boolean {
  return error instanceof ConversationError && error.end === 'stale';
}

/**
 * Waits until the budgets have been charged for `packets`. Throws `ConversationError` when stopped or refused by the
 * gate.
 */
async function untilCharged(packets: number, address: Address, parts: EnrichParts): Promise<void> {
  const { gate, pace, signal } = parts;
  for (let charged = 0; charged < packets; ) {
    if (signal.aborted) throw new ConversationError('stopped');
    if (!gate.permits(address)) throw new ConversationError('refused');
    const wait = pace.take(address);
    if (wait === undefined) charged += 1;
    else await pause(Math.min(wait.delayMs, LONGEST_WAIT_MS));
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.ceil(delayMs)));
}
