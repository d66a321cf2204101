import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#contract/api/client.js';
import type { Engine } from '#scan/engine/engine.js';
import type { MissingEngine } from '#scan/engine/prober.js';
import { type ApiLab, openApiLab } from '../../support/api/api-lab.ts';
import { proberOf } from '../../support/programs/work-context.ts';

/** Not loopback, which is always scanned with connect; the engines here send nothing. */
const TARGETS = ['198.18.0.1'];
const SYN_MISSING: MissingEngine = {
  name: 'syn',
  code: 'privilege_missing',
  message: 'The syn engine may not send raw packets.',
  hint: 'Run `this command`.',
};

/** Engines that no test runs. */
function idle(name: Engine['name'], protocols: Engine['protocols']): Engine {
  return {
    name,
    protocols,
    run: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
  };
}

async function openClient(engines: readonly Engine[], missing: readonly MissingEngine[]) {
  const lab = await openApiLab({ work: { prober: proberOf(engines, missing) } });
  return { lab, client: lab.client };
}

describe('without the privilege for raw packets', () => {
  let lab: ApiLab;
  let client: Client;
  beforeAll(async () => {
    ({ lab, client } = await openClient([idle('connect', ['tcp'])], [SYN_MISSING]));
  });
  afterAll(() => lab.close());

  test('an automatic scan takes the next best engine and reports that', async () => {
    const note = expect.stringContaining('Scanning with connect: The syn engine may not send raw packets.');
    expect(await client.planScan({ targets: TARGETS })).toMatchObject({
      engine: 'connect',
      engine_note: note,
    });
    const started = await client.startScan({ confirm_unscoped: true, targets: TARGETS });
    expect(started).toMatchObject({ scan_type: 'auto', engine: 'connect', engine_note: note });
    expect(await client.scan(started.id)).toMatchObject({ engine_note: note });
    expect((await client.scans()).data.find(({ id }) => id === started.id)).toMatchObject({
      engine_note: note,
    });
    expect(
      await client.startScan({ confirm_unscoped: true, targets: TARGETS, scan_type: 'connect' }),
    ).toMatchObject({
      engine_note: null,
    });
  });

  test('live hosts only are refused where host discovery is not available, and nothing is stored', async () => {
    const before = (await client.scans()).pagination.total_items;
    for (const refused of [client.planScan, client.startScan]) {
      await expect(refused({ targets: TARGETS, live_hosts: true })).rejects.toMatchObject({
        code: 'engine_unavailable',
        hint: expect.stringContaining('unset SCANORAMA_PROBER'),
        at: '--live-hosts',
      });
    }
    expect((await client.scans()).pagination.total_items).toBe(before);
  });

  test('a syn scan is refused with the command that helps, and nothing is stored', async () => {
    const before = (await client.scans()).pagination.total_items;
    for (const refused of [client.planScan, client.startScan]) {
      await expect(refused({ targets: TARGETS, scan_type: 'syn' })).rejects.toMatchObject({
        code: 'privilege_missing',
        message: SYN_MISSING.message,
        hint: SYN_MISSING.hint,
      });
    }
    await expect(
      client.startScan({ confirm_unscoped: true, targets: TARGETS, scan_type: 'version' }),
    ).rejects.toMatchObject({
      code: 'engine_unavailable',
    });
    expect((await client.scans()).pagination.total_items).toBe(before);
  });
});

test('where an engine probes UDP, ports of a udp scan are UDP ports, and there is a short default', async () => {
  const { lab, client } = await openClient([idle('connect', ['tcp', 'udp'])], []);
  try {
    const plain = await client.planScan({ targets: TARGETS, scan_type: 'udp', ports: '53,T:80,U:161' });
    expect(plain).toMatchObject({ ports: 'T:80,U:53,161', engine: 'connect', engine_note: null });
    expect(await client.planScan({ targets: TARGETS, scan_type: 'udp' })).toMatchObject({ probes: 80 });
    const started = await client.startScan({
      confirm_unscoped: true,
      targets: TARGETS,
      scan_type: 'udp',
      ports: 'snmp,ntp',
    });
    expect(started).toMatchObject({ ports: 'U:123,161', scan_type: 'udp' });
    expect(await client.planScan({ targets: TARGETS, ports: '80,U:53' })).toMatchObject({
      ports: 'T:80,U:53',
    });
  } finally {
    await lab.close();
  }
});
