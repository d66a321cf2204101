import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { EVENT_KINDS, type EventKind } from '#domain/events/event-kind.js';
import { clientConfig, type DatabaseAddress } from '#store/database/database.js';
import { EVENT_CHANNEL } from '#store/events/events.js';

/** A committed event, as little of it as an announcement carries. */
export interface Announcement {
  readonly kind: EventKind;
  /** Uid of the scan; null for what happened to none. */
  readonly scan: string | null;
}

export interface Announcements {
  subscribe(listener: (announcement: Announcement) => void): () => void;
  close(): Promise<void>;
}

const FIRST_RECONNECT_MS = 100;
const LONGEST_RECONNECT_MS = 5_000;

/**
 * Hears of committed events over one connection of its own. Announcements are hints: whoever needs
 * every event reads the table. A lost connection is made again with growing pauses, one try at a time.
 */
export async function subscribeToEvents(
  address: DatabaseAddress,
  onTrouble: (error: Error) => void,
): Promise<Announcements> {
  const listeners = new Set<(announcement: Announcement) => void>();
  const closing = new AbortController();
  let client = await listen();
  const keeping = keepListening();

  async function listen(): Promise<Client> {
    const next = new Client(clientConfig(address, 'scanorama announcements'));
    next.on('notification', ({ payload }) => report(payload));
    next.on('error', onTrouble);
    try {
      await next.connect();
      await next.query(`LISTEN ${EVENT_CHANNEL}`);
      return next;
    } catch (error) {
      // Not awaited: pg never settles the end of a connection that was never whole.
      void next.end().catch(() => undefined);
      throw error;
    }
  }

  /** Anybody may write to the channel, and a listener may fail; neither may end the program. */
  function report(payload: string | undefined): void {
    guarded(() => {
      const announcement = parse(payload);
      if (announcement === undefined) return;
      for (const listener of listeners) guarded(() => listener(announcement));
    });
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      onTrouble(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Settles when it is closed; the only place that connects again. */
  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      await Promise.race([ended(client), aborted(closing.signal)]);
      for (let pauseMs = FIRST_RECONNECT_MS; !closing.signal.aborted; ) {
        try {
          await sleep(pauseMs, undefined, { signal: closing.signal });
          client = await listen();
          break;
        } catch (error) {
          if (!closing.signal.aborted && error instanceof Error) onTrouble(error);
          pauseMs = Math.min(pauseMs * 2, LONGEST_RECONNECT_MS);
        }
      }
    }
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      listeners.clear();
      await keeping;
      await client.end().catch(() => undefined);
    },
  };
}

function ended(client: Client): Promise<void> {
  return new Promise((resolve) => {
    client.once('end', () => resolve());
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Throws on what is not JSON; undefined for JSON that is not an announcement of ours. */
function parse(payload: string | undefined): Announcement | undefined {
  const value: unknown = JSON.parse(payload ?? 'null');
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('scan' in value))
    return undefined;
  const kind = EVENT_KINDS.find((term) => term === value.kind);
  const { scan } = value;
  return kind === undefined || (typeof scan !== 'string' && scan !== null) ? undefined : { kind, scan };
}
