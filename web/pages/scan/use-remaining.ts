import { useState } from 'react';
import type { Scan } from '#contract/scans/scan.js';
import { type ProgressSample, remainingSeconds, withSample } from './estimate.ts';

const NO_SAMPLES: readonly ProgressSample[] = [];

/** Seconds left of a running scan, from the committed progress seen while the page is open. */
export function useRemaining(scan: Scan, nowMs: number): number | undefined {
  const [known, setKnown] = useState(NO_SAMPLES);
  const { completed, positions } = scan.progress;
  const samples = scan.status === 'running' ? withSample(known, { atMs: nowMs, completed }) : NO_SAMPLES;
  if (samples !== known) setKnown(samples);
  return remainingSeconds({ samples, positions, nowMs });
}
