import { describe, expect, test } from 'vitest';
import { HOST_ID, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const API = '/api/v1/devices';
const DECISION_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e49';
const device = {
  id: HOST_ID,
  site: 'default',
  kind: 'identified',
  name: 'nas.test',
  vendor: 'Synology',
  macs: ['00:11:32:00:00:01'],
  addresses: ['198.18.0.1', '198.18.0.2'],
  address_count: 12,
  first_seen: '2026-11-01T00:00:00.000Z',
  last_seen: '2026-11-02T00:00:00.000Z',
  suggestion_count: 0,
};
const other = { ...device, id: SCAN_ID, name: null, addresses: ['198.18.0.3'], address_count: 1 };
const outcome = {
  decision: DECISION_ID,
  dry_run: false,
  before: [device, other],
  after: [device],
  kept_by: [],
};
const suggestion = {
  id: DECISION_ID,
  score: 60,
  reasons: ['the same SSH host key'],
  veto: null,
  devices: [device, other],
};

/** A list of devices, which says how many there are of each kind. */
const deviceList = (items: readonly unknown[]) => () => ({
  data: items,
  pagination: { page: 1, page_size: 50, total_items: items.length, total_pages: 1 },
  counts: { identified: items.length, provisional: 0, floating: 0 },
});

describe('devices', () => {
  test('are listed with what is chosen, as a table, as JSON, and as nothing', async () => {
    const answers = { [`GET ${API}`]: deviceList([device]) };
    const { stdout, requests } = await runIn({ answers }, [
      'devices',
      'list',
      '--kind',
      'identified',
      '--search',
      'nas',
    ]);
    expect(requests[0]?.query).toMatchObject({ kind: 'identified', search: 'nas' });
    for (const arg of ['nas.test', 'identified', '198.18.0.1, 198.18.0.2 and 10 more', HOST_ID])
      expect(stdout).toContain(arg);
    expect(JSON.parse((await runIn({ answers }, ['devices', 'list', '--json'])).stdout)).toEqual([device]);
    const none = await runIn({ answers: { [`GET ${API}`]: deviceList([]) } }, ['devices', 'list']);
    expect(none.stdout).toBe('No devices.\n');
  });

  test('are shown with every line of evidence: what, where, when, by which scan', async () => {
    const seen = {
      first_seen: device.first_seen,
      last_seen: device.last_seen,
      host_id: HOST_ID,
      ip: '198.18.0.1',
    };
    const detail = {
      ...device,
      held: [
        {
          id: SCAN_ID,
          host_id: HOST_ID,
          ip: '198.18.0.1',
          mac: null,
          status: 'up',
          since: null,
          until: null,
          last_seen: device.last_seen,
        },
      ],
      evidence: [
        {
          ...seen,
          kind: 'ssh_host_key',
          value: 'ssh-rsa SHA256:a',
          port: 22,
          first_scan_id: null,
          last_scan_id: SCAN_ID,
        },
        {
          ...seen,
          kind: 'randomized_mac',
          value: 'da:a1:19:00:00:01',
          port: null,
          first_scan_id: null,
          last_scan_id: null,
        },
      ],
      suggestions: [suggestion],
      decisions: [],
      floating: [],
    };
    const { stdout } = await runIn({ answers: { [`GET ${API}/198.18.0.1`]: () => detail } }, [
      'devices',
      'show',
      '198.18.0.1',
    ]);
    for (const arg of [
      'nas.test',
      'SSH host key',
      'ssh-rsa SHA256:a',
      '198.18.0.1 port 22',
      '00:11:32:00:00:01, da:a1:19:00:00:01 (randomized)\n',
      SCAN_ID,
      'the same SSH host key',
    ])
      expect(stdout).toContain(arg);
  });

  test('are told with their site unless it is the one that there always is, and asked for at one', async () => {
    const far = { ...other, site: 'branch' };
    const answers = {
      [`GET ${API}`]: deviceList([device, far]),
      [`GET ${API}/suggestions`]: listAnswer([{ ...suggestion, devices: [device, far] }]),
      [`POST ${API}/merge`]: () => outcome,
      [`POST ${API}/198.18.0.3/split`]: () => outcome,
      [`GET ${API}/198.18.0.3`]: () => ({
        ...far,
        held: [],
        evidence: [],
        suggestions: [],
        decisions: [],
        floating: [],
      }),
    };
    const listed = await runIn({ answers }, ['devices', 'list']);
    expect(listed.stdout).toMatch(/^nas\.test +identified /m);
    expect(listed.stdout).toMatch(/^198\.18\.0\.3 \(branch\) +identified /m);
    expect((await runIn({ answers }, ['devices', 'suggestions'])).stdout).toContain(
      'nas.test = 198.18.0.3 (branch)',
    );
    const shown = await runIn({ answers }, ['devices', 'show', '198.18.0.3', '--site', 'branch']);
    expect([shown.exit, shown.requests[0]?.query]).toEqual([0, { site: 'branch' }]);
    for (const args of [
      ['merge', '198.18.0.1', '198.18.0.3'],
      ['split', '198.18.0.3', '198.18.0.1'],
    ]) {
      const { exit, requests } = await runIn({ answers }, ['devices', ...args, '--site', 'branch']);
      expect([exit, requests[0]?.body]).toMatchObject([0, { site: 'branch', dry_run: false }]);
    }
  });

  test.each([
    [
      ['merge', '198.18.0.1', '198.18.0.3'],
      `POST ${API}/merge`,
      { devices: ['198.18.0.1', '198.18.0.3'], dry_run: false },
    ],
    [
      ['split', '198.18.0.1', '198.18.0.2', '--dry-run'],
      `POST ${API}/198.18.0.1/split`,
      { addresses: ['198.18.0.2'], dry_run: true },
    ],
    [['undo', DECISION_ID], `POST ${API}/decisions/${DECISION_ID}/undo`, { dry_run: false }],
    [
      ['suggestions', 'accept', DECISION_ID],
      `POST ${API}/suggestions/${DECISION_ID}/accept`,
      { dry_run: false },
    ],
  ])('%j is decided', async (args, call, body) => {
    const { exit, stdout, requests } = await runIn({ answers: { [call]: () => outcome } }, [
      'devices',
      ...args,
    ]);
    expect([exit, requests[0]?.body]).toEqual([0, body]);
    expect(stdout).toBe(
      `nas.test, 198.18.0.3 are 1 device now: nas.test. \`scanorama devices undo ${DECISION_ID}\` takes it back.\n`,
    );
  });

  test('that would be another after a decision are told so', async () => {
    const answers = { [`POST ${API}/merge`]: () => ({ ...outcome, decision: null, dry_run: true }) };
    const { stdout } = await runIn({ answers }, ['devices', 'merge', 'a', 'b', '--dry-run']);
    expect(stdout).toBe('nas.test, 198.18.0.3 would be 1 device: nas.test.\n');
  });

  test('that are told apart already stay so when that they are one is dismissed', async () => {
    const call = `POST ${API}/suggestions/${DECISION_ID}/dismiss`;
    const two = { ...outcome, after: [device, other] };
    const args = ['devices', 'suggestions', 'dismiss', DECISION_ID];
    const { stdout, requests } = await runIn({ answers: { [call]: () => two } }, args);
    expect(requests[0]?.body).toEqual({ dry_run: false });
    expect(stdout).toBe(
      `nas.test, 198.18.0.3 stay 2 devices, whatever is seen later. \`scanorama devices undo ${DECISION_ID}\` takes it back.\n`,
    );
    const tried = { [call]: () => ({ ...two, decision: null, dry_run: true }) };
    expect((await runIn({ answers: tried }, [...args, '--dry-run'])).stdout).toBe(
      'nas.test, 198.18.0.3 would stay 2 devices, whatever is seen later.\n',
    );
  });

  test('that another decision holds together stay one when an older one is taken back', async () => {
    const call = `POST ${API}/decisions/${DECISION_ID}/undo`;
    const kept = { ...outcome, before: [device], kept_by: [SCAN_ID] };
    const { stdout } = await runIn({ answers: { [call]: () => kept } }, ['devices', 'undo', DECISION_ID]);
    expect(stdout).toContain(
      `Nothing changes: nas.test is 1 device as before, held together by the decision ${SCAN_ID}. `,
    );
    const tried = { [call]: () => ({ ...kept, decision: null, kept_by: [] }) };
    expect((await runIn({ answers: tried }, ['devices', 'undo', DECISION_ID, '--dry-run'])).stdout).toBe(
      'Nothing would change: nas.test is 1 device as before.\n',
    );
  });

  test('the decision that was made last is taken back by that word', async () => {
    const call = `POST ${API}/decisions/${DECISION_ID}/undo`;
    const decision = {
      id: DECISION_ID,
      kind: 'merge',
      actor: 'os:me',
      created_at: '2026-11-23T10:00:00.000Z',
    };
    const listed = { ...decision, addresses: [], others: [], undoes: null, undone_by: null };
    const answers = { [call]: () => outcome, [`GET ${API}/decisions`]: listAnswer([listed]) };
    const { calls } = await runIn({ answers }, ['devices', 'undo', 'last']);
    expect(calls).toEqual([`GET ${API}/decisions`, call]);
  });

  test('that may be one, and decisions, are listed', async () => {
    const decision = {
      id: DECISION_ID,
      kind: 'merge',
      actor: 'os:me',
      created_at: device.last_seen,
      undoes: null,
      undone_by: SCAN_ID,
      addresses: ['198.18.0.1'],
      others: ['198.18.0.3'],
    };
    const answers = {
      [`GET ${API}/suggestions`]: listAnswer([suggestion]),
      [`GET ${API}/decisions`]: listAnswer([decision]),
    };
    const { stdout } = await runIn({ answers }, ['devices', 'suggestions']);
    for (const arg of ['60', 'nas.test = 198.18.0.3', 'the same SSH host key', DECISION_ID])
      expect(stdout).toContain(arg);
    const decided = await runIn({ answers }, ['devices', 'decisions']);
    for (const arg of ['os:me', 'merge (taken back)', '198.18.0.1 = 198.18.0.3'])
      expect(decided.stdout).toContain(arg);
  });

  test.each([
    [['merge', '198.18.0.1']],
    [['suggestions', 'accept']],
    [['suggestions', 'maybe', DECISION_ID]],
    [['undo', 'yesterday']],
    [['list', '--kind', 'unknown']],
  ])('%j is not understood', async (args) => {
    const { exit, calls } = await runIn({}, ['devices', ...args]);
    expect([exit, calls]).toEqual([2, []]);
  });
});
