import { describe, expect, it } from 'vitest';
import { hostReasonSentence, hostReasonTexts, portReasonSentence } from './reason-text.ts';

describe('hostReasonSentence', () => {
  it('concludes that somebody is there only from what the host itself did', () => {
    expect(hostReasonSentence('conn-refused')).toBe('A port refused a connection, so somebody is there.');
    expect(hostReasonSentence('host-unreach')).not.toContain('somebody');
    expect(hostReasonTexts('conn-refused')).toBe('a port refused a connection');
  });
});

describe('portReasonSentence', () => {
  it('says nothing of a reason it does not know', () => {
    expect(portReasonSentence('conn-refused')).toContain('refused');
    expect(portReasonSentence('carrier-pigeon')).toBeUndefined();
  });
});
