import type { ScanStatus } from '#domain/scans/scan-status.js';
import { formatPercent } from '../../format/number.ts';

const FILLS: Readonly<Record<ScanStatus, string>> = {
  pending: 'text-warn',
  running: 'text-accent',
  completed: 'text-good',
  failed: 'text-bad',
  cancelled: 'text-edge',
};
const SHAPE =
  'block w-full appearance-none overflow-hidden rounded-full border-0 bg-sunken ' +
  '[&::-moz-progress-bar]:rounded-full [&::-moz-progress-bar]:bg-current ' +
  '[&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:rounded-full [&::-webkit-progress-value]:bg-current ' +
  '[&::-webkit-progress-value]:transition-[inline-size] [&::-webkit-progress-value]:duration-500';

interface ProgressBarProps {
  readonly percent: number;
  readonly status: ScanStatus;
  readonly tall?: boolean;
}

export function ProgressBar({ percent, status, tall = false }: ProgressBarProps) {
  return (
    <progress
      aria-label="Progress"
      aria-valuetext={formatPercent(percent)}
      className={`${SHAPE} ${FILLS[status]} ${tall ? 'h-2.5' : 'h-1.5'}`}
      max={100}
      value={Math.min(100, Math.max(0, percent))}
    />
  );
}
