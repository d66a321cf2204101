import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepRefusal } from '#store/smart-scan/smart-scan.js';
import { triggerSmartScan } from '#work/smart-scan/smart-scan.js';
import { openSmartLab, type SmartLab } from '../../support/api/smart-scan-lab.ts';

let lab: SmartLab;
beforeAll(async () => {
  lab = await openSmartLab();
});
beforeEach(() => lab.forgetAll());
afterAll(() => lab.close());

describe('a trigger', () => {
  it('reaches every host after some runs, however small its limit', async () => {
    const addresses = [1, 2, 3, 4, 5].map((last) => `127.87.0.${last}`);
    for (const address of addresses)
      await lab.storeHost({ address, os: 'Linux', name: 'web.example', ports: [{ port: 22 }] });
    const reached = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const { scans } = await lab.client.triggerSmartScans({ limit: 2 });
      // They have ended without new results and waited long enough: the first ones are due again.
      await lab.client.stopScan(scans[0]?.scan_id ?? '');
      await lab.letPass(25 * 70);
      for (const { address } of await lab.attempts()) reached.add(address);
    }
    expect([...reached].toSorted()).toEqual(addresses);
  });

  it('collects keys where no resolver is given, on the ports that may show one', async () => {
    const evidence = {
      os: 'Linux',
      ports: [22, 80, 8443].map((port) => ({ port, service: { name: 'any' } })),
    };
    await lab.storeHost({ address: '127.87.0.5', ...evidence });
    const { scans } = await lab.client.triggerSmartScans();
    expect(scans).toMatchObject([{ stage: 'identity', hosts: 1, ports: 2 }]);
    expect(await lab.client.scan(scans[0]?.scan_id ?? '')).toMatchObject({
      scan_type: 'connect',
      ports: '22,8443',
      enrich: ['ssh', 'tls'],
    });
    await lab.runAll();
    expect(await lab.attempts()).toEqual([{ address: '127.87.0.5', stage: 'identity', taught: false }]);
  });

  it('by a schedule skips what was not confirmed, and starts the rest', async () => {
    await lab.storeHost({ address: '127.87.0.5', ports: [{ port: 22 }] });
    await lab.storeHost({ address: '198.18.7.5', ports: [{ port: 22 }, { port: 23 }] });
    const { scans, left } = await triggerSmartScan(lab.context, { unattended: true });
    expect({ hosts: scans.map(({ hosts }) => hosts.map(({ host }) => host.address)), left }).toEqual({
      hosts: [['127.87.0.5']],
      left: 0,
    });
    const { scans: more } = await triggerSmartScan(lab.context, { unattended: true, confirmUnscoped: true });
    expect(more).toMatchObject([{ hosts: [{ host: { address: '198.18.7.5' } }] }]);
  });

  it('by a schedule takes as many hosts as may be probed without confirmation, the others next time', async () => {
    const profile = await lab.client.createProfile({ name: 'Large Linux', ports: '1-65535' });
    for (let last = 1; last <= 80; last += 1)
      await lab.storeHost({ address: `127.87.0.${last}`, os: 'Linux', name: 'web.example' });
    await expect(triggerSmartScan(lab.context, { limit: 100 })).rejects.toMatchObject({
      code: 'confirmation_required',
    });
    expect(await lab.attempts()).toEqual([]);
    const trigger = async () => {
      const { scans, left } = await triggerSmartScan(lab.context, { limit: 100, unattended: true });
      const hosts = scans.flatMap((scan) => scan.hosts.map(({ host }) => host.address));
      const { description } = await lab.client.scan(scans[0]?.uid ?? '');
      return { scans: scans.length, hosts, left, description };
    };
    // 76 times 65,535 ports are less than five million.
    const first = await trigger();
    expect(first).toMatchObject({ scans: 1, left: 4 });
    expect(first.description).toMatch(/too large with 4 more, which wait for the next one\.$/);
    expect(first.hosts).toHaveLength(76);
    const second = await trigger();
    expect(second).toMatchObject({ scans: 1, left: 0, description: expect.not.stringMatching(/too large/) });
    expect(new Set([...first.hosts, ...second.hosts]).size).toBe(80);
    await lab.client.removeProfile(profile.id);
  });

  it('by a schedule lets others come before those that are refused, and reports why these are', async () => {
    const known = { os: 'Linux', name: 'web.example' };
    for (const last of [1, 2])
      await lab.storeHost({ address: `127.87.0.${last}`, ...known, ports: [{ port: 22 }] });
    // Its completeness is higher, so that it comes after the others.
    const behind = await lab.storeHost({
      address: '127.87.1.99',
      ...known,
      ports: [{ port: 22, service: { name: 'ssh' } }, { port: 80 }],
    });
    const trigger = (limit: number, lose: boolean) =>
      triggerSmartScan(lab.context, {
        limit,
        unattended: true,
        // nmap was just uninstalled.
        alongside: () => {
          lab.have.nmap = !lose;
          return Promise.resolve();
        },
      });
    expect(await trigger(2, true)).toEqual({ scans: [], left: 3 });
    lab.have.nmap = true;
    const [refused] = (await lab.client.hosts({ search: '127.87.0.1' })).data;
    const { refused: why } = await lab.client.smartScanStage(refused?.id ?? '');
    expect(why).toMatchObject({ stage: 'service_scan', code: 'engine_unavailable' });
    expect(why?.message).toMatch(/./);
    expect((await trigger(1, false)).scans).toMatchObject([{ hosts: [{ host: { uid: behind } }] }]);

    // Once there is nothing to refuse, each has its scan, and the refusal is no longer reported.
    const { scans } = await trigger(2, false);
    expect(scans.reduce((sum, { hosts }) => sum + hosts.length, 0)).toBe(2);
    expect(await lab.client.smartScanStage(refused?.id ?? '')).toMatchObject({ refused: null });
  });

  it('by a schedule is not blocked by a refused one', async () => {
    const known = { os: 'Linux', name: 'web.example' };
    await lab.storeHost({ address: '127.87.0.1', ...known, ports: [{ port: 22 }] });
    await lab.storeHost({ address: '127.87.0.2', ...known });
    const { scans, left } = await triggerSmartScan(lab.context, {
      unattended: true,
      alongside: () => {
        lab.have.nmap = false;
        return Promise.resolve();
      },
    });
    expect(scans).toMatchObject([{ stage: 'port_expansion' }]);
    expect(left).toBe(1);
    expect(await lab.attempts()).toEqual([{ address: '127.87.0.2', stage: 'port_expansion', taught: null }]);
  });
});

describe('a refusal', () => {
  it('is reported while the refused stage is due, and not once another scan completed it', async () => {
    const due = await lab.storeHost({ address: '127.87.0.5', os: 'Linux' });
    const done = await lab.storeHost({ address: '127.87.0.6', os: 'Linux', ports: [{ port: 22 }] });
    const hosts = await sql<{ id: number }>`SELECT id FROM hosts`.execute(lab.db.store.read);
    const refusal = {
      stage: 'port_expansion',
      refusedAt: new Date(),
      code: 'outside_scope',
      message: 'It is outside.',
    } as const;
    await keepRefusal(
      lab.db.store.read,
      hosts.rows.map(({ id }) => id),
      refusal,
    );
    const reported = async (id: string) => (await lab.client.smartScanStage(id)).refused;
    expect(await reported(due)).toMatchObject({ code: 'outside_scope' });
    expect(await reported(done)).toBeNull();
  });
});
