import { describe, expect, it } from 'vitest';
import { asOf } from './as-of.ts';

describe('asOf', () => {
  it('counts on while the server speaks', () => {
    expect(asOf({ nowMs: 16_000, eventAtMs: 1_000, isLive: true })).toEqual({
      untilMs: 16_000,
      isStale: false,
    });
  });

  it('stops at the last news once the connection is down, and says so when that is a while ago', () => {
    expect(asOf({ nowMs: 3_000, eventAtMs: 1_000, isLive: false })).toEqual({
      untilMs: 1_000,
      isStale: false,
    });
    expect(asOf({ nowMs: 60_000, eventAtMs: 1_000, isLive: false })).toEqual({
      untilMs: 1_000,
      isStale: true,
    });
  });

  it('does not believe a connection that is up and says nothing', () => {
    expect(asOf({ nowMs: 60_000, eventAtMs: 1_000, isLive: true })).toEqual({
      untilMs: 1_000,
      isStale: true,
    });
  });

  it('never counts into the future', () => {
    expect(asOf({ nowMs: 1_000, eventAtMs: 1_400, isLive: false }).untilMs).toBe(1_000);
  });
});
