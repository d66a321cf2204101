import { describe, expect, it } from 'vitest';
import { areOf, phaseOf } from './results-phase.ts';

const running = { status: 'running', completed_at: null } as const;
const completed = { status: 'completed', completed_at: '2026-11-23T10:00:00.000Z' } as const;
const cancelled = { status: 'cancelled', completed_at: '2026-11-23T09:00:00.000Z' } as const;

describe('areOf', () => {
  it('holds while a scan goes on, also when it waits for another worker', () => {
    expect(areOf({ phase: phaseOf(running) }, { status: 'pending', completed_at: null })).toBe(true);
  });

  it('does not take what was asked before the end for the end', () => {
    expect(areOf({ phase: phaseOf(running) }, completed)).toBe(false);
    expect(areOf({ phase: phaseOf(cancelled) }, completed)).toBe(false);
    expect(areOf({ phase: phaseOf(completed) }, completed)).toBe(true);
  });
});
