import { useLiveState } from '../../live/live-updates.tsx';
import type { LiveState } from '../../live/socket.ts';

const WORDS: Readonly<Record<LiveState, { word: string; dot: string; title: string }>> = {
  connecting: { word: 'connecting', dot: 'bg-edge', title: 'Connecting to live updates.' },
  live: { word: 'live', dot: 'bg-good', title: 'Pages follow the server as things happen.' },
  reconnecting: {
    word: 'reconnecting',
    dot: 'bg-warn animate-breathe',
    title: 'The live connection is down; running scans are asked for every two seconds meanwhile.',
  },
};

export function ConnectionMark() {
  const { word, dot, title } = WORDS[useLiveState()];
  return (
    <output title={title} className="inline-flex items-center gap-1.5 text-xs text-muted">
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      <span className={word === 'reconnecting' ? '' : 'sr-only sm:not-sr-only'}>{word}</span>
    </output>
  );
}
