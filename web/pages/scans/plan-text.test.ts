import { describe, expect, it } from 'vitest';
import { planSentence } from './plan-text.ts';

describe('planSentence', () => {
  it('says size, time and pace', () => {
    expect(planSentence({ addresses: '256', probes: 256_000, estimated_seconds: 256 })).toBe(
      '256 addresses × 1,000 ports = 256,000 probes, about 4m 16s at 1,000 packets/s',
    );
  });

  it('says so when nothing but the network limits', () => {
    expect(planSentence({ addresses: '1', probes: 1, estimated_seconds: null })).toBe(
      '1 address × 1 port = 1 probe, as fast as the network answers',
    );
  });

  it('makes up no number of ports where addresses differ', () => {
    expect(planSentence({ addresses: '3', probes: 100, estimated_seconds: 100 })).toBe(
      '3 addresses, 100 probes, about 1m 40s at 1 packets/s',
    );
  });

  it('bears more addresses than a number holds', () => {
    expect(planSentence({ addresses: '18446744073709551616', probes: 0, estimated_seconds: null })).toContain(
      '18,446,744,073,709,551,616 addresses',
    );
  });
});
