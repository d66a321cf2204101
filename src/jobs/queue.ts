import { PgBoss } from 'pg-boss';
import { type DatabaseAddress, type Executor, SESSION_SETTINGS } from '#store/database/database.js';
import { runStatementText } from '#store/database/statement-text.js';

/** Connections of the queue, beside the pool: one listens, the others fetch messages and remove old ones. */
const QUEUE_CONNECTIONS = 3;
/** A message is only a hint to look at a shard. The lease decides, so messages are short-lived and never retried. */
const SHARD_QUEUE = 'scan-shard';
const MESSAGE_RETENTION_S = 86_400;
/** How often a worker polls for messages whose notification it missed. */
const POLL_S = 2;
const MESSAGES_AT_ONCE = 64;
const STOP_TIMEOUT_MS = 5_000;

interface ShardMessage {
  readonly shardId: number;
}

export interface ShardQueue {
  /** Writes messages in the given transaction: they exist if and only if it commits. */
  enqueue(executor: Executor, shardIds: readonly number[]): Promise<void>;
  /** Passes every message to `poll`, once across all consuming processes. */
  consume(poll: (shardIds: readonly number[]) => void): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly address: DatabaseAddress;
  /** Whether this process also removes old messages from the queue. Servers do. */
  readonly supervise: boolean;
  /** Called for each error. The queue continues. */
  readonly onError: (error: Error) => void;
}

/** The queue library on the same PostgreSQL, in its own schema. It only delivers messages and decides nothing. */
export async function openQueue({ address, supervise, onError }: QueueOptions): Promise<ShardQueue> {
  const boss = new PgBoss({
    ...Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined)),
    ...SESSION_SETTINGS,
    application_name: 'scanorama queue',
    max: QUEUE_CONNECTIONS,
    schedule: false,
    supervise,
    useListenNotify: supervise,
  });
  boss.on('error', onError);
  await boss.start();
  await boss.createQueue(SHARD_QUEUE, { notify: true, retryLimit: 0, retentionSeconds: MESSAGE_RETENTION_S });
  return {
    async enqueue(executor, shardIds) {
      if (shardIds.length === 0) return;
      const db = {
        executeSql: (text: string, values?: unknown[]) => runStatementText(executor, text, values),
      };
      await boss.insert(
        SHARD_QUEUE,
        shardIds.map((shardId): { data: ShardMessage } => ({ data: { shardId } })),
        { db },
      );
    },
    async consume(poll) {
      const options = { pollingIntervalSeconds: POLL_S, batchSize: MESSAGES_AT_ONCE };
      await boss.work<ShardMessage>(SHARD_QUEUE, options, (messages) => {
        poll(messages.map((message) => message.data.shardId));
        return Promise.resolve();
      });
    },
    close: () => boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS }),
  };
}
