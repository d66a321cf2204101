import { describe, expect, it } from 'vitest';
import { SCAN_STATUSES } from '#domain/scans/scan-status.js';
import { canDelete, canResume, canStop } from './scan-actions.ts';

describe('what can be done to a scan', () => {
  it('is to stop it while it goes on and to resume it once it is over, never both', () => {
    expect(SCAN_STATUSES.filter(canStop)).toEqual(['pending', 'running']);
    expect(SCAN_STATUSES.filter(canResume)).toEqual(['failed', 'cancelled']);
  });

  it('is to delete it once it is over, and only once', () => {
    expect(SCAN_STATUSES.filter((status) => canDelete({ status, deleted_at: null }))).toEqual([
      'completed',
      'failed',
      'cancelled',
    ]);
    expect(canDelete({ status: 'failed', deleted_at: '2026-11-23T11:00:00.000Z' })).toBe(false);
  });
});
