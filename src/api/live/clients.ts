import type { WebSocket } from '@fastify/websocket';
import type { Credential } from '#api/auth/credential.js';
import type { LiveMessage } from '#contract/api/live.js';
import type { Log } from '#telemetry/log.js';

export const MAX_LIVE_CLIENTS = 1_000;
/** A client that has so much unread is dropped: it may come back and ask anew. */
export const MAX_UNREAD_BYTES = 1_048_576;
export const PING_INTERVAL_MS = 30_000;
export const RECHECK_INTERVAL_MS = 60_000;
/** How long clients have to say goodbye when the server stops. */
export const GOODBYE_MS = 300;

/** RFC 6455 §7.4.1, and 1013 of its registry. */
const CLOSE_CODES = { goingAway: 1001, notAllowed: 1008, tryAgainLater: 1013 } as const;

interface LiveClient {
  readonly socket: WebSocket;
  readonly credential: Credential;
  /** Whether it answered the last ping. */
  isAlive: boolean;
}

export interface LiveClientsOptions {
  /** Whether a credential is still good. */
  readonly mayRemain: (credential: Credential) => Promise<boolean>;
  readonly log: Log;
}

/** Everybody who listens on a WebSocket. */
export class LiveClients {
  readonly #options: LiveClientsOptions;
  readonly #clients = new Set<LiveClient>();
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(options: LiveClientsOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.ping(), PING_INTERVAL_MS).unref(),
      setInterval(() => void this.recheck(), RECHECK_INTERVAL_MS).unref(),
    ];
  }

  get size(): number {
    return this.#clients.size;
  }

  add(socket: WebSocket, credential: Credential): void {
    const client = { socket, credential, isAlive: true };
    this.#clients.add(client);
    socket.on('pong', () => (client.isAlive = true));
    socket.on('close', () => this.#clients.delete(client));
  }

  report(message: LiveMessage): void {
    const text = JSON.stringify(message);
    for (const client of this.#clients) this.#send(client, text);
  }

  #send(client: LiveClient, text: string): void {
    if (client.socket.bufferedAmount > MAX_UNREAD_BYTES)
      this.#drop(client, CLOSE_CODES.tryAgainLater, 'too slow');
    else client.socket.send(text);
  }

  #drop(client: LiveClient, code: number, reason: string): void {
    this.#clients.delete(client);
    client.socket.close(code, reason);
  }

  /** Ends the connections that did not answer the last ping, and sends the next. */
  ping(): void {
    for (const client of this.#clients) {
      if (!client.isAlive) client.socket.terminate();
      client.isAlive = false;
      if (client.socket.readyState === client.socket.OPEN) client.socket.ping();
    }
  }

  /** Drops clients whose key or session has ended since. Asks for one after the other, so it never takes the pool. */
  async recheck(): Promise<void> {
    for (const client of this.#clients) {
      try {
        const mayRemain = await this.#options.mayRemain(client.credential);
        if (!mayRemain) this.#drop(client, CLOSE_CODES.notAllowed, 'signed out');
      } catch (error) {
        this.#options.log.warn({ err: error }, 'live clients could not be checked again');
        return;
      }
    }
  }

  /** Says goodbye to everybody, and does not wait long for their answer. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const closed = [...this.#clients].map(({ socket }) => goodbye(socket));
    await Promise.all(closed);
  }
}

function goodbye(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), GOODBYE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(CLOSE_CODES.goingAway, 'the server stops');
  });
}
