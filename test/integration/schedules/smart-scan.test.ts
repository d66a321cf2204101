import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROUTES } from '#contract/api/routes.js';
import { isPrintPort } from '#domain/ports/print-ports.js';
import { FRAGILE_PORTS } from '#domain/profiles/profile-fit.js';
import { MAX_ATTEMPTS_PER_DAY } from '#domain/smart-scan/smart-scan.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import { siteIdByName } from '#store/sites/sites.js';
import { deleteWorker, insertWorker } from '#store/workers/workers.js';
import { triggerSmartScan } from '#work/smart-scan/smart-scan.js';
import { openSmartLab, type SmartLab } from '../../support/api/smart-scan-lab.ts';
import type { Listeners } from '../../support/network/listeners.ts';
import { type IdleDataDirectory, openIdleDataDirectory } from '../../support/scans/idle-data-directory.ts';

let lab: SmartLab;
let place: IdleDataDirectory;
beforeAll(async () => {
  place = openIdleDataDirectory();
  lab = await openSmartLab(place);
});
beforeEach(() => lab.forgetAll());
afterAll(async () => {
  await lab.close();
  await place.close();
});

const HTTP = { name: 'http' };
/** A host of which everything is known. */
const KNOWN = { os: 'Linux', name: 'web.example', ports: [{ port: 80, service: HTTP }] };

/** A worker of the site, on a machine with these capabilities. */
async function workerWith(survey: ProberSurvey) {
  const { read } = lab.db.store;
  const id = await insertWorker(read, {
    uid: randomUUID(),
    name: 'other/1',
    siteId: await siteIdByName(read, 'default'),
    version: '1',
    schemaVersion: 1,
    concurrency: 1,
    heartbeatMs: 60_000,
    capabilities: survey,
  });
  return {
    report: (other: ProberSurvey) =>
      sql`UPDATE workers SET capabilities = ${JSON.stringify(other)}::jsonb WHERE id = ${id}`.execute(read),
    remove: () => deleteWorker(read, id),
  };
}

describe('suggestions', () => {
  it('report for each stage which hosts are due, what would be sent, and why others are skipped', async () => {
    await lab.storeHost({ address: '127.87.0.3', ...KNOWN });
    await lab.storeHost({ address: '127.87.0.4' });
    await lab.storeHost({ address: '127.87.0.5', ports: [{ port: 22 }, { port: 80 }] });
    await lab.storeHost({ address: '127.87.0.6', ignored: true });
    await lab.storeHost({ address: '127.87.0.7', status: 'gone' });
    await lab.storeHost({ address: '127.87.0.8' });
    await lab.client.exclude({ address: '127.87.0.8' });
    const { considered, complete, stages, skipped } = await lab.client.smartScanSuggestions();
    expect({ considered, complete }).toEqual({ considered: 3, complete: true });
    expect(skipped).toEqual([
      { reason: 'It is ignored.', hosts: 1 },
      { reason: 'It is gone.', hosts: 1 },
      { reason: 'It is excluded.', hosts: 1 },
    ]);
    const of = new Map(stages.map((stage) => [stage.stage, stage]));
    expect(of.get('port_expansion')).toMatchObject({ due: 1, next: 1, unavailable: null });
    expect(of.get('port_expansion')?.scans).toMatchObject([{ scan_id: null, hosts: 1, profile: 'standard' }]);
    expect(of.get('service_scan')).toMatchObject({ due: 1, scans: [{ hosts: 1, ports: 2 }] });
    expect(of.get('os_detection')).toMatchObject({ due: 1, impossible: 1 });
    expect(of.get('identity')).toMatchObject({ due: 1, impossible: 1, unavailable: null });
    expect(of.get('identity')?.scans).toMatchObject([{ hosts: 1, ports: 1 }]);
    expect(lab.enqueued).toEqual([]);
    expect(await lab.attempts()).toEqual([]);
  });

  it('offer nothing that this machine cannot do, and report what is missing', async () => {
    Object.assign(lab.have, { nmap: false, discovery: false });
    await lab.storeHost({ address: '127.87.0.5', ports: [{ port: 80 }] });
    const { stages } = await lab.client.smartScanSuggestions({ resolver: '127.0.0.53' });
    for (const { stage, due, unavailable } of stages) {
      const isMissing = ['service_scan', 'os_detection', 'identity'].includes(stage);
      expect([stage, due, unavailable !== null]).toEqual([stage, 0, isMissing]);
    }
    const outcome = await lab.client.triggerSmartScan('127.87.0.5');
    expect(outcome).toMatchObject({ scans: [], reason: 'nmap is not installed on this machine.' });
    Object.assign(lab.have, { nmap: true, raw: false });
    const stage = await lab.client.smartScanStage('127.87.0.5');
    expect(stage.stages.find((one) => one.stage === 'os_detection')).toMatchObject({ state: 'impossible' });
  });

  it('depend on the workers that would run the scans, not on the machine that serves the request', async () => {
    await lab.storeHost({ address: '127.87.0.5', os: 'Linux', name: 'web.example', ports: [{ port: 22 }] });
    await lab.client.createProfile({ name: 'Linux machines', scan_type: 'aggressive' });
    const recommended = async () =>
      (await lab.client.profileRecommendations()).data.map(({ profile }) => profile.name);
    const worker = await workerWith(await lab.context.prober.survey());
    try {
      lab.have.nmap = false;
      const { stages } = await lab.client.smartScanSuggestions();
      expect(stages).toContainEqual(
        expect.objectContaining({ stage: 'service_scan', due: 1, unavailable: null }),
      );
      expect(await recommended()).toEqual(['Linux machines']);
      const { scans } = await lab.client.triggerSmartScan('127.87.0.5');
      expect(scans).toMatchObject([{ stage: 'service_scan' }]);
      await lab.client.stopScan(scans[0]?.scan_id ?? '');
      await lab.letPass(2);
      // And the other way round.
      await worker.report(await lab.context.prober.survey());
      lab.have.nmap = true;
      const outcome = await lab.client.triggerSmartScan('127.87.0.5');
      expect(outcome).toMatchObject({ scans: [], reason: 'nmap is not installed on this machine.' });
      expect((await lab.client.smartScanSuggestions()).stages).toContainEqual(
        expect.objectContaining({
          stage: 'service_scan',
          due: 0,
          impossible: 1,
          unavailable: expect.any(String),
        }),
      );
      expect(await recommended()).toEqual(['standard']);
    } finally {
      await worker.remove();
    }
  });

  it('refuse values out of range', async () => {
    for (const wrong of [
      'threshold=0',
      'threshold=101',
      'limit=501',
      'max_staleness_hours=0',
      'max_staleness_hours=87601',
      'other=1',
    ]) {
      const answer = await lab.requestAsUser({ url: `${ROUTES.smartScanSuggestions}?${wrong}` });
      expect([wrong, answer.status, answer.body]).toMatchObject([wrong, 400, { error: 'invalid_request' }]);
    }
  });

  it('and triggers refuse unknown names', async () => {
    await expect(lab.client.smartScanSuggestions({ site: 'nowhere' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(lab.client.triggerSmartScan('127.87.9.9')).rejects.toMatchObject({ code: 'not_found' });
    await expect(lab.client.triggerSmartScans({ network_cidr: '127.87.0.9' })).rejects.toMatchObject({
      code: 'invalid_target',
    });
    await expect(lab.client.smartScanSuggestions({ resolver: 'dns.example' })).rejects.toMatchObject({
      code: 'invalid_request',
      at: 'dns.example',
    });
    await expect(lab.client.triggerSmartScans({ filter: 'colour:red' })).rejects.toMatchObject({
      code: 'invalid_filter',
    });
    const body = { stage: 'guess' };
    expect(await lab.requestAsUser({ method: 'POST', url: ROUTES.triggerSmartScans, body })).toMatchObject({
      status: 400,
    });
  });

  it('recommend existing, usable profiles, ignoring the case of the operating system', async () => {
    await lab.storeHost({ address: '127.87.0.3', os: 'Linux' });
    await lab.storeHost({ address: '127.87.0.4', os: 'linux' });
    await lab.storeHost({ address: '127.87.0.5', ports: [{ port: 9100 }] });
    const own = await lab.client.createProfile({ name: 'LINUX machines', scan_type: 'aggressive' });
    const read = async () =>
      (await lab.client.profileRecommendations()).data.map(({ os_family, hosts, profile }) => [
        os_family,
        hosts,
        profile.id,
      ]);
    expect(await read()).toEqual([
      ['Linux', 2, own.id],
      [null, 1, 'fragile'],
    ]);
    // Without nmap the user's own profiles cannot be used.
    lab.have.nmap = false;
    expect(await read()).toEqual([
      ['Linux', 2, 'standard'],
      [null, 1, 'fragile'],
    ]);
    lab.have.nmap = true;
    await lab.client.removeProfile(own.id);
    expect((await read())[0]).toEqual(['Linux', 2, 'standard']);
  });
});

describe('a trigger', () => {
  it('starts one ordinary scan of what is missing, which names its origin', async () => {
    const uid = await lab.storeHost({ address: '127.87.0.5', ports: [{ port: 22 }, { port: 80 }] });
    const url = ROUTES.triggerSmartScan(uid);
    const answer = await lab.requestAsUser({ method: 'POST', url, body: {} });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        scans: [{ stage: 'service_scan', hosts: 1, ports: 2 }],
        reason: expect.stringMatching(/0 of 2/),
      },
    });
    const [scan] = (await lab.client.scans()).data;
    expect(scan).toMatchObject({
      name: 'Smart scan: services of 1 host',
      scan_type: 'version',
      ports: '22,80',
      targets: ['127.87.0.5'],
      status: 'pending',
    });
    expect(await lab.attempts()).toEqual([{ address: '127.87.0.5', stage: 'service_scan', taught: null }]);
    const again = await lab.requestAsUser({ method: 'POST', url, body: {} });
    expect(again).toMatchObject({
      status: 200,
      body: { scans: [], reason: expect.stringMatching(/under way/) },
    });
  });

  it('and concurrent ones start one scan for each host', { timeout: 60_000 }, async () => {
    for (const last of [1, 2, 3]) await lab.storeHost({ address: `127.87.0.${last}`, ports: [{ port: 22 }] });
    const outcomes = await Promise.all([
      ...[1, 2, 3].map((last) => lab.client.triggerSmartScan(`127.87.0.${last}`)),
      ...Array.from({ length: 4 }, () => lab.client.triggerSmartScans()),
    ]);
    // As a schedule does.
    expect(await triggerSmartScan(lab.context, { limit: 3 })).toEqual({ scans: [], left: 0 });
    const attempts = await lab.attempts();
    expect(attempts.map(({ address }) => address).toSorted()).toEqual([
      '127.87.0.1',
      '127.87.0.2',
      '127.87.0.3',
    ]);
    const started = outcomes.flatMap(({ scans }) => scans);
    expect((await lab.client.scans()).pagination.total_items).toBe(started.length);
  });

  it('puts hosts with the same settings into one scan, and leaves those over its limit', async () => {
    for (let last = 1; last <= 9; last += 1)
      await lab.storeHost({ address: `127.87.0.${last}`, ports: [{ port: 22 }] });
    const first = await lab.client.triggerSmartScans({ network_cidr: '127.87.0.0/29', limit: 4 });
    expect(first).toMatchObject({ scans: [{ hosts: 4, ports: 1 }], left: 3 });
    const named = await lab.client.hosts({ filter: 'address:127.87.0.9' });
    const second = await lab.client.triggerSmartScans({
      stage: 'os_detection',
      host_ids: named.data.map(({ id }) => id),
    });
    expect(second).toMatchObject({ scans: [{ stage: 'os_detection', hosts: 1 }], left: 0 });
    const scan = await lab.client.scan(second.scans[0]?.scan_id ?? '');
    expect(scan).toMatchObject({ scan_type: 'version', os_detection: true, version_intensity: 0 });
  });

  it('scans fragile devices only carefully, and probes no printer port', async () => {
    const [careful, usual] = [{ profile: 'fragile' }, { profile: null }];
    await lab.storeHost({ address: '127.87.0.5', daysAgo: 40, ports: [{ port: 515 }] });
    await lab.storeHost({ address: '127.87.0.6', daysAgo: 40, ports: [{ port: 22 }] });
    const { scans } = await lab.client.triggerSmartScans({ stage: 'refresh' });
    expect(scans).toHaveLength(2);
    for (const expected of [careful, usual])
      expect(scans).toContainEqual(expect.objectContaining({ stage: 'refresh', hosts: 1, ...expected }));
    await lab.storeHost({ address: '127.87.0.7', ports: [{ port: 22 }, { port: 9100 }, { port: 9107 }] });
    const stages = new Map(
      (await lab.client.smartScanStage('127.87.0.7')).stages.map(({ stage, ...reported }) => [
        stage,
        reported,
      ]),
    );
    for (const stage of ['service_scan', 'os_detection'] as const)
      expect(stages.get(stage)).toMatchObject({
        state: 'impossible',
        reason: expect.stringMatching(/such devices suffer/),
      });
    await lab.storeHost({ address: '127.87.0.8', ports: [{ port: 22 }, { port: 9101 }] });
    const { scans: probed } = await lab.client.triggerSmartScan('127.87.0.8');
    expect(probed).toMatchObject([{ stage: 'service_scan', ports: 1 }]);
  });

  it('starts although one host cannot be probed by any scan', async () => {
    await lab.storeHost({ address: '240.0.0.9', ports: [{ port: 22 }] });
    // As an imported report may contain it.
    await lab.storeHost({ address: '127.87.0.7', os: 'Linux', name: 'zero.example', ports: [{ port: 0 }] });
    await lab.storeHost({ address: '127.87.0.8', os: 'Linux', name: 'web.example', ports: [{ port: 22 }] });
    const { scans } = await lab.client.triggerSmartScans({ stage: 'service_scan' });
    expect(scans).toMatchObject([{ stage: 'service_scan', hosts: 1, ports: 1 }]);
    expect(await lab.client.smartScanStage('240.0.0.9')).toMatchObject({ skipped: true });
    expect(await lab.client.smartScanStage('127.87.0.7')).toMatchObject({ next: 'port_expansion' });
  });

  it('for names is a discovery run that queries the given resolver', async () => {
    const evidence = { os: 'Linux', ports: [{ port: 80, service: HTTP }] };
    await lab.storeHost({ address: '127.87.0.5', ...evidence });
    expect(await lab.client.triggerSmartScans()).toEqual({ scans: [], left: 0 });
    const { scans } = await lab.client.triggerSmartScans({ resolver: '127.0.0.53' });
    expect(scans).toMatchObject([{ stage: 'identity', hosts: 1, ports: null }]);
    const run = await lab.client.scan(scans[0]?.scan_id ?? '');
    expect(run).toMatchObject({ scan_type: 'discovery', resolver: '127.0.0.53' });
  });

  it('starts all or nothing: an unconfirmed site starts none', async () => {
    await lab.storeHost({ address: '127.87.0.5', ports: [{ port: 22 }] });
    await lab.storeHost({ address: '198.18.7.5', ports: [{ port: 22 }, { port: 23 }] });
    await expect(lab.client.triggerSmartScans()).rejects.toMatchObject({ code: 'confirmation_required' });
    expect((await lab.client.scans()).data).toEqual([]);
    expect(await lab.attempts()).toEqual([]);
    const { scans } = await lab.client.triggerSmartScans({ confirm_unscoped: true });
    expect(scans).toHaveLength(2);
    await lab.client.changeSite('default', { scope: ['198.18.0.0/30'] });
    expect(await lab.client.smartScanStage('198.18.7.5')).toMatchObject({
      next: null,
      skipped: true,
      reason: 'It lies outside the scope of its site.',
    });
  });
});

describe('the result of a smart scan', () => {
  let listeners: Listeners | undefined;
  let port: number;
  beforeAll(async () => {
    do {
      await listeners?.close();
      listeners = await place.listen('127.87.0.4', 1);
      [port = 0] = listeners.ports;
      // A device with one of these ports would be skipped.
    } while (isPrintPort(port) || FRAGILE_PORTS.includes(port));
  });
  afterAll(() => listeners?.close());

  it('is used: ports that similar hosts have open are found', { timeout: 60_000 }, async () => {
    await lab.storeHost({ address: '127.87.0.9', ...KNOWN, ports: [{ port, service: HTTP }] });
    await lab.storeHost({ address: '127.87.0.4' });
    await lab.client.triggerSmartScan('127.87.0.4');
    await lab.runAll();
    expect(await lab.attempts()).toEqual([{ address: '127.87.0.4', stage: 'port_expansion', taught: true }]);
    const host = await lab.client.host('127.87.0.4');
    expect(host.open_ports.map((open) => open.port)).toContain(port);
    expect((await lab.client.smartScanStage('127.87.0.4')).next).toBe('service_scan');
  });

  it('is used where no port is open: then that is known, and OS detection is not tried', {
    timeout: 60_000,
  }, async () => {
    await lab.storeHost({ address: '127.87.0.5', name: 'quiet.example' });
    await lab.client.triggerSmartScan('127.87.0.5');
    await lab.runAll();
    const stage = await lab.client.smartScanStage('127.87.0.5');
    expect(stage).toMatchObject({ completeness_score: 80, next: null, skipped: false });
    expect(stage.stages.find((one) => one.stage === 'port_expansion')).toMatchObject({ state: 'known' });
  });

  it('is nothing: the stage waits longer each time, and no host is retried forever', {
    timeout: 120_000,
  }, async () => {
    await lab.storeHost({ address: '127.87.0.4', os: 'Linux', name: 'web.example', ports: [{ port }] });
    const trigger = async () => {
      const outcome = await lab.client.triggerSmartScan('127.87.0.4');
      await lab.runAll();
      return outcome.scans.length;
    };
    expect(await trigger()).toBe(1);
    expect(await trigger()).toBe(0);
    await lab.letPass(2);
    expect(await trigger()).toBe(1);
    await lab.letPass(23);
    expect(await trigger()).toBe(0);
    expect((await lab.client.smartScanStage('127.87.0.4')).stages).toContainEqual(
      expect.objectContaining({ stage: 'service_scan', state: 'waiting', until: expect.any(String) }),
    );
    await lab.letPass(2);
    expect(await trigger()).toBe(1);
    await lab.letPass(25);
    expect(await trigger()).toBe(0);
    const attempts = await lab.attempts();
    expect(attempts).toHaveLength(3);
    expect(attempts.every(({ taught }) => taught === false)).toBe(true);
    expect(attempts.length).toBeLessThan(MAX_ATTEMPTS_PER_DAY);
  });

  it('of a scan that was stopped counts as nothing, and another may begin after a while', async () => {
    await lab.storeHost({ address: '127.87.0.4', os: 'Linux', name: 'web.example', ports: [{ port }] });
    const { scans } = await lab.client.triggerSmartScan('127.87.0.4');
    await lab.client.stopScan(scans[0]?.scan_id ?? '');
    expect(await lab.client.smartScanStage('127.87.0.4')).toMatchObject({
      next: null,
      reason: 'The last scan for it was stopped.',
    });
    await lab.letPass(2);
    expect((await lab.client.smartScanStage('127.87.0.4')).next).toBe('service_scan');
  });
});
