import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { EventKind } from '#domain/events/event-kind.js';
import type { WorkContext } from '#work/context/context.js';
import type { VerifyRuns } from '#work/health/verify-runs.js';

/** What the server is given. Only `app` makes one. */
export interface ApiContext {
  readonly work: WorkContext;
  /** The checks of stored data, those that the day brings included. */
  readonly verifyRuns: VerifyRuns;
  readonly version: string;
  readonly embeddedDatabase: boolean;
  /** Directory of the built web app; null when this installation has none. */
  readonly webRoot: string | null;
  /** Tells of committed events; `scan` is a uid, or null. Calling the result ends the subscription. */
  readonly announcements: {
    subscribe(
      listener: (event: { readonly kind: EventKind; readonly scan: string | null }) => void,
    ): () => void;
  };
  /** By the clock of `work`, milliseconds since 1970. */
  readonly startedAtMs: number;
}

/** A server whose routes take their types from zod schemas. */
export type ApiServer = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
