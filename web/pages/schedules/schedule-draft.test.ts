import { expect, it } from 'vitest';
import type { Schedule } from '#contract/schedules/schedule.js';
import { emptySchedule, readScheduleDraft, scheduleDraftOf } from './schedule-draft.ts';

const schedule: Schedule = {
  id: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  name: 'nightly',
  description: 'kept',
  kind: 'scan',
  site: 'default',
  cron: '0 3 * * *',
  timezone: 'UTC',
  scan: {
    targets: ['network:two words', '198.18.0.1'],
    configured_networks: false,
    exclude: ['198.18.0.9'],
    profile: 'quick',
    rate: 50,
    scan_type: null,
    tags: ['night'],
    outside_scope: false,
    confirm_large: true,
    confirm_unscoped: false,
  },
  discovery: null,
  smart_scan: null,
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

it('keeps asking every stored network until it is to ask targets', () => {
  const scan = {
    targets: [],
    exclude: [],
    profile: null,
    tags: [],
    configured_networks: true,
    outside_scope: false,
  };
  const confirmed = { confirm_large: false, confirm_unscoped: false };
  const draft = scheduleDraftOf({ ...schedule, scan: { ...scan, ...confirmed } });
  expect(readScheduleDraft(draft).saving).toMatchObject({
    change: { scan: { targets: [], configured_networks: true } },
  });
  expect(readScheduleDraft({ ...draft, storedNetworks: false, targets: '198.18.0.1' }).saving).toMatchObject({
    change: { scan: { targets: ['198.18.0.1'], configured_networks: false } },
  });
});

it('keeps what a smart scan was confirmed of until somebody says otherwise', () => {
  const task = { limit: 20, threshold: 60, max_staleness_hours: 48, filter: 'port:443' };
  const confirmed = { confirm_large: true, confirm_unscoped: false };
  const smartScan = { ...task, ...confirmed };
  const draft = scheduleDraftOf({ ...schedule, kind: 'smart_scan', scan: null, smart_scan: smartScan });
  expect(readScheduleDraft(draft).saving).toMatchObject({ change: { smart_scan: smartScan } });
  expect(readScheduleDraft({ ...draft, isConfirmed: true, filter: ' ' }).saving).toMatchObject({
    change: { smart_scan: { confirm_unscoped: true, filter: undefined } },
  });
  expect(readScheduleDraft({ ...draft, filter: 'port:' })).toMatchObject({
    saving: undefined,
    failures: { filter: { sentence: expect.any(String) } },
  });
});

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

it('says of how it asks what was touched, and leaves it to the profile where it was emptied', () => {
  const savedWith = (changes: Partial<ReturnType<typeof scheduleDraftOf>>) => {
    const { saving } = readScheduleDraft({ ...scheduleDraftOf(schedule), ...changes });
    if (saving === undefined || 'request' in saving) throw new Error('it is no change');
    return saving.change.scan;
  };
  expect(savedWith({})).toEqual(schedule.scan);
  expect(savedWith({ rate: '', retries: '3', exclude: '', outsideScope: true })).toEqual({
    ...schedule.scan,
    rate: undefined,
    retries: 3,
    exclude: [],
    outside_scope: true,
  });
});

it('keeps spans that are no whole minutes', () => {
  const draft = scheduleDraftOf({ ...schedule, jitter_seconds: 100, retry_delay_seconds: 1 });
  expect(readScheduleDraft(draft).saving).toMatchObject({
    change: { jitter_seconds: 100, retry_delay_seconds: 1 },
  });
});

it('looks for hosts as it was chosen', () => {
  const draft = { ...emptySchedule('UTC'), kind: 'discovery', targets: '198.18.0.1', rate: '50' } as const;
  const { saving } = readScheduleDraft({
    ...draft,
    methods: ['dns'],
    resolver: ' 198.18.0.53 ',
    isPaused: true,
  });
  expect(saving).toMatchObject({
    request: { enabled: false, task: { methods: ['dns'], resolver: '198.18.0.53', rate: 50 } },
  });
});

it('asks for each kind what it has', () => {
  const draft = { ...emptySchedule('Europe/Berlin'), name: ' x ', targets: '198.18.0.1 198.18.0.2' };
  const savingOf = (kind: Schedule['kind']) => readScheduleDraft({ ...draft, kind }).saving;
  expect(savingOf('scan')).toMatchObject({
    request: {
      kind: 'scan',
      name: 'x',
      timezone: 'Europe/Berlin',
      task: { targets: ['198.18.0.1', '198.18.0.2'] },
    },
  });
  expect(savingOf('discovery')).toMatchObject({
    request: { task: { networks: ['198.18.0.1', '198.18.0.2'] } },
  });
  expect(savingOf('verify')).not.toHaveProperty('request.what');
});

it.each([
  { jitterMinutes: '1441' },
  { jitterMinutes: 'x' },
  { runRetries: '11' },
  { runRetries: '' },
  { runRetries: '1.5' },
  { retryDelayMinutes: '1441' },
  { rate: 'fast' },
  { maxFailures: '0' },
])('says what is no number for its field: %j', (changes) => {
  const { saving, failures } = readScheduleDraft({ ...emptySchedule('UTC'), ...changes });
  expect(saving).toBeUndefined();
  expect(Object.keys(failures)).toEqual(Object.keys(changes));
});
