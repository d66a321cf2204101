import { useLiveState } from '../../live/live-updates.tsx';
import type { LiveState } from '../../live/socket.ts';

const TEXTS: Readonly<Record<LiveState, { term: string; dot: string; title: string }>> = {
  connecting: { term: 'connecting', dot: 'bg-edge', title: 'Connecting to live updates.' },
  live: { term: 'live', dot: 'bg-good', title: 'Pages follow the server as things happen.' },
  reconnecting: {
    term: 'reconnecting',
    dot: 'bg-warn animate-breathe',
    title: 'The live connection is down; running scans are asked for every two seconds meanwhile.',
  },
};

export function ConnectionMark() {
  const { term: raw, dot, title } = TEXTS[useLiveState()];
  return (
    <output title={title} className="inline-flex items-center gap-1.5 text-xs text-muted">
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      <span className={raw === 'reconnecting' ? '' : 'sr-only sm:not-sr-only'}>{raw}</span>
    </output>
  );
}
