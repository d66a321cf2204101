import { describe, expect, it } from 'vitest';
import { SCAN_STATUSES } from '#domain/scan-status.js';
import { canResume, canStop } from './scan-actions.ts';

describe('what can be done to a scan', () => {
  it('is to stop it while it goes on and to resume it once it is over, never both', () => {
    expect(SCAN_STATUSES.filter(canStop)).toEqual(['pending', 'running']);
    expect(SCAN_STATUSES.filter(canResume)).toEqual(['failed', 'cancelled']);
  });
});
