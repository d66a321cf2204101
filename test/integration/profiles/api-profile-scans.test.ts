import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toOrder } from '#api/routes/scans/request.js';
import type { Client } from '#contract/api/client.js';
import { ROUTES } from '#contract/api/routes.js';
import { profileRequestSchema } from '#contract/profiles/profile.js';
import { scanRequestSchema } from '#contract/scans/scan.js';
import type { EnricherName } from '#domain/enrichment/enricher.js';
import { parsePorts } from '#domain/ports/ports.js';
import { detectionOf } from '#domain/scans/nmap-detection.js';
import { SETTING_TEXTS } from '#domain/scans/scan-settings.js';
import { startScan } from '#work/scans/start-scan.js';
import { openProfileLab, type ProfileLab, TARGETS } from '../../support/api/profile-lab.ts';

let lab: ProfileLab;
let client: Client;
beforeAll(async () => {
  lab = await openProfileLab();
  client = lab.client;
});
afterAll(() => lab.close());

const nmap = (input: Parameters<typeof detectionOf>[1]) => ({ nmap: detectionOf('version', input) });
/** For each field, settings that contain it, and what the request to the prober contains only then. */
const FIELDS = [
  ['scan_type', { scan_type: 'aggressive' }, { engine: 'nmap', nmap: detectionOf('aggressive') }],
  ['ports', { ports: '7,9' }, { plan: expect.objectContaining({ ports: parsePorts('7,9') }) }],
  ['live_hosts', { live_hosts: true }, { liveHosts: true }],
  ['rate', { rate: 123 }, { rate: expect.objectContaining({ packetsPerSecond: 123, unlimited: false }) }],
  ['rate', { rate: 'max' }, { rate: expect.objectContaining({ unlimited: true }) }],
  ['per_host_rate', { per_host_rate: 9 }, { rate: expect.objectContaining({ packetsPerSecondPerHost: 9 }) }],
  ['retries', { retries: 3 }, { retries: 3 }],
  ['timeout_ms', { timeout_ms: 321 }, { timeoutMs: 321 }],
  ['concurrency', { scan_type: 'connect', concurrency: 7 }, { concurrency: 7 }],
  ['timing', { scan_type: 'version', timing: 'polite' }, nmap({ timing: 'polite' })],
  ['version_intensity', { scan_type: 'version', version_intensity: 0 }, nmap({ versionIntensity: 0 })],
  ['scripts', { scan_type: 'version', scripts: 'safe' }, nmap({ scripts: 'safe' })],
  ['os_detection', { scan_type: 'version', os_detection: true }, nmap({ osDetection: true })],
  ['enrich', { enrich: Array.of<EnricherName>('tls') }, { enrich: ['tls'] }],
] as const;

describe('a field of a profile', () => {
  test.each(FIELDS)('%s changes the request to the prober: %j', async (_word, settings, expected) => {
    await client.startScan({ targets: [...TARGETS], ports: '1-2' });
    const [usual] = await lab.ordersOf();
    expect(usual).not.toMatchObject(expected);
    const profile = await lab.create({ ports: '1-2', ...settings });
    const scan = await lab.start(profile.id);
    const [order] = await lab.ordersOf();
    expect(order).toMatchObject(expected);
    expect(scan).toMatchObject({
      ports: '1-2',
      ...settings,
      profile: { id: profile.id, name: profile.name, built_in: false, overrides: [] },
    });
  });

  test('has no other purpose than a name, a description or a scan to copy', () => {
    expect(new Set(FIELDS.map(([text]) => text))).toEqual(new Set(SETTING_TEXTS));
    const alongside = Object.keys(profileRequestSchema.shape).filter(
      (key) => !SETTING_TEXTS.some((text) => text === key),
    );
    expect(alongside).toEqual(['name', 'description', 'from_scan']);
  });

  test('of ports is refused where its type cannot probe them, whatever this machine can', async () => {
    await expect(lab.create({ scan_type: 'syn', ports: 'U:53' })).rejects.toMatchObject({
      code: 'invalid_ports',
      at: 'U:',
    });
  });

  test('with invalid options, tags or template is refused instead of stored', async () => {
    for (const odd of [
      { options: {} },
      { timing: { template: 'polite' } },
      { host_timeout: 5 },
      { timing: 'insane' },
    ]) {
      const body = { name: 'odd', ...odd };
      expect(await lab.requestAsUser({ method: 'POST', url: ROUTES.profiles, body })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    }
  });

  test.each([
    [{ scan_type: 'syn', os_detection: true }, 'idle_setting', 'os_detection'],
    [{ timing: 'polite' }, 'idle_setting', 'timing'],
    [{ scan_type: 'version', timeout_ms: 500 }, 'idle_setting', 'timeout_ms'],
    [{ concurrency: 5 }, 'idle_setting', 'concurrency'],
    [{ scan_type: 'udp', enrich: Array.of<EnricherName>('ssh') }, 'idle_setting', 'enrich'],
    [{ scan_type: 'connect', timeout_ms: 5_000 }, 'invalid_request', 'timeout_ms'],
    [{ ports: '99999' }, 'invalid_ports', '99999'],
  ] as const)('%j is refused by profiles and by scans alike', async (settings, code, at) => {
    await expect(lab.create(settings)).rejects.toMatchObject({ code, at });
    await expect(client.startScan({ targets: [...TARGETS], ...settings })).rejects.toMatchObject({ code });
  });
});

describe('a scan by a profile', () => {
  test('overrides it with the given settings, and reports which', async () => {
    const profile = await lab.create({ scan_type: 'connect', ports: '1-2', retries: 2, concurrency: 9 });
    const request = {
      targets: [...TARGETS],
      profile: profile.name.toUpperCase(),
      retries: 0,
      ports: '1-2',
      concurrency: null,
    };
    const planned = await client.planScan(request);
    expect(planned).toMatchObject({
      scan_type: 'connect',
      ports: '1-2',
      retries: 0,
      concurrency: 1_000,
      timeout_ms: 900,
      profile: { id: profile.id, name: profile.name, overrides: ['retries', 'concurrency'] },
    });
    expect(lab.enqueued).toEqual([]);
    const scan = await client.startScan(request);
    expect(scan).toMatchObject({ retries: 0, concurrency: 1_000, profile: planned.profile });
    expect(await lab.ordersOf()).toMatchObject([{ retries: 0, concurrency: 1_000 }]);
  });

  test('keeps its settings when the profile is changed or removed, and resumes with them', async () => {
    const profile = await lab.create({
      scan_type: 'version',
      ports: '1-3',
      timing: 'polite',
      retries: 2,
      scripts: 'safe',
    });
    const scan = await lab.start(profile.id);
    const waiting = lab.enqueued.splice(0);
    await client.stopScan(scan.id);
    await client.changeProfile(profile.id, { ports: '9', timing: 'normal', retries: 0, scripts: null });
    const before = { ports: '1-3', scan_type: 'version', timing: 'polite', retries: 2, scripts: 'safe' };
    expect(await client.scan(scan.id)).toMatchObject({ ...before, status: 'cancelled' });
    await client.resumeScan(scan.id);
    const input = { timing: 'polite', scripts: 'safe' } as const;
    expect(await lab.ordersOf()).toMatchObject([{ retries: 2, nmap: detectionOf('version', input) }]);
    expect(waiting).toHaveLength(1);
    await client.removeProfile(profile.id);
    expect(await client.scan(scan.id)).toMatchObject({
      ...before,
      status: 'completed',
      profile: { id: null, name: profile.name, built_in: false, overrides: [] },
    });
    await expect(lab.start(profile.id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.scans({ profile: profile.name })).data.map(({ id }) => id)).toEqual([scan.id]);
  });

  test('is not stored when the profile is removed while it is being started', async () => {
    const { id, name } = await lab.create({ ports: '1' });
    const order = await toOrder(
      lab.context.store.read,
      scanRequestSchema.parse({ targets: TARGETS, profile: id }),
      'os:tester',
    );
    await client.removeProfile(id);
    const before = (await client.scans()).pagination.total_items;
    await expect(startScan(lab.context, order, new AbortController().signal)).rejects.toMatchObject({
      code: 'conflict',
      at: name,
    });
    expect((await client.scans()).pagination.total_items).toBe(before);
    expect(lab.enqueued).toEqual([]);
  });

  test('is listed by its profile only, by id and by name', async () => {
    const profile = await lab.create({ ports: '1' });
    const own = await lab.start(profile.id);
    const builtIn = await lab.start('QUICK', { ports: '1', live_hosts: false });
    expect(builtIn.profile).toEqual({
      id: 'quick',
      name: 'quick',
      built_in: true,
      overrides: ['ports', 'live_hosts'],
    });
    await lab.ordersOf();
    for (const text of [profile.id, profile.name.toUpperCase()])
      expect((await client.scans({ profile: text })).data.map(({ id }) => id)).toEqual([own.id]);
    expect((await client.scans({ profile: 'quick' })).data.map(({ id }) => id)).toEqual([builtIn.id]);
    await expect(client.scans({ profile: 'unknown' })).rejects.toMatchObject({
      code: 'not_found',
      at: 'unknown',
    });
  });

  test('with OS detection is refused where nmap cannot do it; a type that includes it by default runs without', async () => {
    lab.nmapIsPrivileged = false;
    const profile = await lab.create({ scan_type: 'aggressive', ports: '1', os_detection: true });
    await expect(lab.start(profile.id)).rejects.toMatchObject({
      code: 'privilege_missing',
      at: 'os_detection',
    });
    expect(await lab.start(profile.id, { os_detection: null })).toMatchObject({
      os_detection: false,
      scripts: 'default',
    });
    lab.nmapIsPrivileged = true;
    await lab.ordersOf();
  });

  test('of a network uses its own ports, type and name, scan after scan', async () => {
    await client.createNetwork({ cidr: '127.83.4.0/31', name: 'specified' });
    const target = ['network:specified'];
    const first = await client.startScan({
      targets: target,
      ports: '1-2',
      scan_type: 'connect',
      name: 'first',
    });
    const second = await client.startScan({
      targets: target,
      ports: '7',
      scan_type: 'version',
      name: 'second',
    });
    expect(first).toMatchObject({ ports: '1-2', scan_type: 'connect', name: 'first', network: 'specified' });
    expect(second).toMatchObject({ ports: '7', scan_type: 'version', name: 'second', network: 'specified' });
    const ran = await lab.ordersOf();
    expect(ran.map(({ plan, engine }) => [plan.ports.toString(), engine])).toEqual([
      ['1-2', 'connect'],
      ['7', 'nmap'],
    ]);
  });
});
