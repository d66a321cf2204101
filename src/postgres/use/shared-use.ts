import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '#postgres/cluster/data-dir.js';
import type { Site } from '#postgres/process/start.js';
import { type Acquired, acquire } from '#postgres/use/acquire.js';
import { leaveServer, stopUnused } from '#postgres/use/leave.js';
import type { Connection, Presence } from '#postgres/use/presence.js';

/** How often in a row a lost server is restored. Some time without a loss restarts the count. */
const RESTORE_ATTEMPTS = 12;
const RESTORE_PAUSE_MS = 50;
const RESTORE_PAUSE_LIMIT_MS = 10_000;
const STABLE_MS = 60_000;

/**
 * One program's use of the server, from its opening to its close.
 *
 *     present ──lost──▶ restoring ──joined or started──▶ present
 *        │                  │  └──attempts used up──▶ away
 *        └──────close───────┴──────────────────────────▶ closed
 */
export class ServerUse {
  readonly connection: Connection;
  readonly joined: boolean;
  readonly #site: Site;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  #presence: Presence | undefined;
  #restores = 0;
  #closed: Promise<void> | undefined;

  constructor(site: Site, { presence, connection, started }: Acquired, timeoutMs: number) {
    this.connection = connection;
    this.joined = !started;
    this.#site = site;
    this.#timeoutMs = timeoutMs;
    this.#presence = presence;
    this.#kept = this.#keep(presence);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    if (this.#presence === undefined) await this.#kept;
    const presence = this.#presence;
    await (presence === undefined ? stopUnused(this.#site) : leaveServer(this.#site, presence));
    await this.#kept;
  }

  /** Keeps the presence until close, and restores it each time the server ends. */
  async #keep(first: Presence): Promise<void> {
    let presence: Presence | undefined = first;
    while (presence !== undefined) {
      const stable = setTimeout(() => (this.#restores = 0), STABLE_MS).unref();
      await presence.ended;
      clearTimeout(stable);
      if (this.#closing.signal.aborted) return;
      this.#presence = undefined;
      this.#site.warn(`The database in ${this.#site.layout.root} went away; bringing it back.`);
      presence = await this.#restore();
      this.#presence = presence;
      if (this.#closing.signal.aborted) return;
    }
  }

  async #restore(): Promise<Presence | undefined> {
    const { signal } = this.#closing;
    while (this.#restores < RESTORE_ATTEMPTS) {
      const pauseMs = Math.min(RESTORE_PAUSE_MS * 2 ** this.#restores, RESTORE_PAUSE_LIMIT_MS);
      this.#restores += 1;
      try {
        await sleep(pauseMs, undefined, { signal });
        const { presence, started } = await acquire(this.#site, signal, this.#timeoutMs);
        this.#site.info(`The database is back: ${started ? 'started again' : 'joined again'}.`);
        return presence;
      } catch (error) {
        if (signal.aborted) return undefined;
        const count = `attempt ${this.#restores} of ${RESTORE_ATTEMPTS}`;
        this.#site.warn(`The database could not be brought back (${count}): ${reasonOf(error)}`);
      }
    }
    this.#site.warn('The database stays away: restart the program once the cause above is mended.');
    return undefined;
  }
}
