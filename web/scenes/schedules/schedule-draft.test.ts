import { expect, it } from 'vitest';
import type { Schedule } from '#contract/schedule.js';
import { emptySchedule, readScheduleDraft, scheduleDraftOf } from './schedule-draft.ts';

const schedule: Schedule = {
  id: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  name: 'nightly',
  description: 'kept',
  kind: 'scan',
  site: 'default',
  cron: '0 3 * * *',
  zone: 'UTC',
  scan: {
    targets: ['network:two words', '198.18.0.1'],
    exclude: ['198.18.0.9'],
    profile: 'quick',
    rate: 50,
    tags: ['night'],
    outside_scope: false,
    confirm_large: true,
    confirm_unscoped: false,
  },
  discovery: null,
  enabled: true,
  stopped_reason: null,
  jitter_seconds: 600,
  catch_up: 'all',
  overlap: 'queue',
  max_failures: null,
  retries: 2,
  retry_delay_seconds: 300,
  failures: 0,
  revision: 4,
  next_due_at: null,
  last_run: null,
  created_by: 'os:me',
  created_at: '2026-11-01T00:00:00.000Z',
  updated_by: 'os:me',
  updated_at: '2026-11-01T00:00:00.000Z',
};

it('keeps what the form does not show, and says what it has seen', () => {
  const draft = { ...scheduleDraftOf(schedule), ports: '22', jitterMinutes: '5' };
  expect(readScheduleDraft(draft).saving).toMatchObject({
    id: schedule.id,
    change: {
      revision: 4,
      jitter_seconds: 300,
      max_failures: null,
      scan: {
        targets: ['network:two words', '198.18.0.1'],
        exclude: ['198.18.0.9'],
        profile: 'quick',
        ports: '22',
        rate: 50,
        confirm_large: true,
      },
    },
  });
});

it('asks for each kind what it has', () => {
  const draft = { ...emptySchedule('Europe/Berlin'), name: ' x ', targets: '198.18.0.1 198.18.0.2' };
  const savingOf = (kind: Schedule['kind']) => readScheduleDraft({ ...draft, kind }).saving;
  expect(savingOf('scan')).toMatchObject({
    request: {
      kind: 'scan',
      name: 'x',
      zone: 'Europe/Berlin',
      what: { targets: ['198.18.0.1', '198.18.0.2'] },
    },
  });
  expect(savingOf('discovery')).toMatchObject({
    request: { what: { networks: ['198.18.0.1', '198.18.0.2'] } },
  });
  expect(savingOf('verify')).not.toHaveProperty('request.what');
});

it.each([
  { jitterMinutes: '1441' },
  { jitterMinutes: 'x' },
  { retries: '11' },
  { retries: '' },
  { maxFailures: '0' },
])('says what is no number for its field: %j', (changes) => {
  const { saving, failures } = readScheduleDraft({ ...emptySchedule('UTC'), ...changes });
  expect(saving).toBeUndefined();
  expect(Object.keys(failures)).toEqual(Object.keys(changes));
});
