import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { EVENT_KINDS, type EventKind } from '#domain/event-kind.js';
import { clientConfig, type DatabaseAddress } from '#store/database.js';
import { EVENT_CHANNEL } from '#store/events.js';

/** A committed event, as little of it as an announcement carries. */
export interface Announcement {
  readonly kind: EventKind;
  /** Uid of the scan. */
  readonly scan: string;
}

export interface Announcements {
  subscribe(listener: (announcement: Announcement) => void): () => void;
  close(): Promise<void>;
}

const FIRST_RECONNECT_MS = 100;
const LONGEST_RECONNECT_MS = 5_000;

/**
 * Hears of committed events over one connection of its own. Announcements are hints: whoever needs
 * every event reads the table. A lost connection is made again with growing pauses.
 */
export async function hearAnnouncements(
  address: DatabaseAddress,
  onTrouble: (error: Error) => void,
): Promise<Announcements> {
  const listeners = new Set<(announcement: Announcement) => void>();
  const closing = new AbortController();
  let client: Client | undefined;

  async function connect(): Promise<void> {
    const next = new Client(clientConfig(address, 'scanorama announcements'));
    next.on('notification', ({ payload }) => {
      const announcement = parse(payload);
      if (announcement !== undefined) for (const listener of listeners) listener(announcement);
    });
    next.on('error', onTrouble);
    next.on('end', () => {
      if (!closing.signal.aborted) void reconnect();
    });
    await next.connect();
    await next.query(`LISTEN ${EVENT_CHANNEL}`);
    client = next;
  }

  async function reconnect(): Promise<void> {
    for (
      let pauseMs = FIRST_RECONNECT_MS;
      !closing.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, LONGEST_RECONNECT_MS)
    ) {
      try {
        await sleep(pauseMs, undefined, { signal: closing.signal });
        await connect();
        return;
      } catch (error) {
        if (!closing.signal.aborted && error instanceof Error) onTrouble(error);
      }
    }
  }

  await connect();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing.abort();
      listeners.clear();
      await client?.end().catch(() => undefined);
    },
  };
}

function parse(payload: string | undefined): Announcement | undefined {
  if (payload === undefined) return undefined;
  const { kind, scan }: { kind?: unknown; scan?: unknown } = JSON.parse(payload);
  const known = EVENT_KINDS.find((word) => word === kind);
  return known === undefined || typeof scan !== 'string' ? undefined : { kind: known, scan };
}
