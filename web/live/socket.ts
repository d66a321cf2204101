import { type LiveMessage, liveMessageSchema } from '#contract/api/live.js';
import { retryDelayMs } from './backoff.ts';

const LIVE_STATES = ['connecting', 'live', 'reconnecting'] as const;
export type LiveState = (typeof LIVE_STATES)[number];

interface LiveSocketOptions {
  readonly open: () => WebSocket;
  readonly onMessage: (message: LiveMessage) => void;
  readonly onState: (state: LiveState) => void;
  readonly random: () => number;
}

/** Keeps one WebSocket open, for ever, with bounded pauses; returns what closes it. */
export function keepLiveSocket({ open, onMessage, onState, random }: LiveSocketOptions): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let ended = false;

  function connect(): void {
    timer = undefined;
    const opened = open();
    socket = opened;
    opened.addEventListener('message', (event) => {
      const message = parse(event.data);
      if (message === undefined || ended) return;
      if (message.type === 'hello') {
        attempt = 0;
        onState('live');
      }
      onMessage(message);
    });
    opened.addEventListener('close', () => {
      if (ended || socket !== opened) return;
      onState('reconnecting');
      timer = setTimeout(connect, retryDelayMs(attempt++, random));
    });
  }

  function connectNow(): void {
    if (timer === undefined || ended) return;
    clearTimeout(timer);
    connect();
  }

  onState('connecting');
  connect();
  window.addEventListener('online', connectNow);
  return () => {
    ended = true;
    window.removeEventListener('online', connectNow);
    clearTimeout(timer);
    socket?.close();
  };
}

/** A message of a newer server that this page does not know is passed over. */
function parse(data: unknown): LiveMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return liveMessageSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
