import type { HostChange } from '#contract/hosts/host.js';

/** The change that the port of this number opened. */
export const changeOf = (index: number): HostChange => ({
  fact: 'state',
  protocol: 'tcp',
  port: index,
  old_value: null,
  new_value: 'open',
  reason: 'syn-ack',
  scan_id: null,
  actor: null,
  edit: null,
  observed_at: '2026-11-23T10:00:00.000Z',
  recorded_at: '2030-01-01T00:00:00.000Z',
});
