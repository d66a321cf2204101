import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TCP_PING_PORTS } from '#domain/discovery/discovery-method.js';
import { openTestDatabase, type TestDatabase } from '../support/database/database.ts';
import { ended, PROGRAM, runProgram } from '../support/programs/program.ts';
import { expectComplete } from '../support/scans/complete-scan.ts';
import { EXCLUDED_ADDRESSES, findHost, type Scanner, scanned, scannerOf, startScan } from './engines.ts';
import { type Lab, openLab } from './lab.ts';
import { judge, MISTAKES_SHOWN } from './measure.ts';
import { withoutLab } from './support/namespaces.ts';
import { readScan, scanDocument } from './support/observations.ts';
import { HOSTS, hostNamed, SERVICES_ADDRESS, type TrueHost } from './support/truth.ts';
import { type Arrival, witness } from './support/witness.ts';

const isLeftOut = withoutLab();
let lab: Lab;
let db: TestDatabase;
let scanner: Scanner;
beforeAll(async () => {
  if (isLeftOut) return;
  [lab, db] = await Promise.all([openLab(), openTestDatabase()]);
  scanner = scannerOf(lab, db);
});
afterAll(async () => {
  if (isLeftOut) return;
  await expectComplete(db.store.read);
  await lab.close();
  await db.close();
});

const NEAR_TARGETS = '198.18.0.10-198.18.0.49';
const FAR_TARGETS = '198.18.8.16-198.18.8.23';
const TARGETS = 40 + 8;
const PORTS = '20-30,80,113,130-140,443,1000-1010,8000,8080';
const PORT_COUNT = 11 + 1 + 1 + 11 + 1 + 11 + 2;
const isIpv4 = (address: string) => !address.includes(':');

/** Those of the targets whose ports respond. */
function trueHosts(): TrueHost[] {
  const wanted = ['mixed', 'walled', 'rejecting IPv4', 'closed', 'behind the router'];
  const known = HOSTS.filter(({ name }) => wanted.includes(name));
  return [...known, lab.servicesHost].map((host) => ({ ...host, addresses: host.addresses.filter(isIpv4) }));
}

/** Its neighbor answers for it, and none of its ports does. */
const IDLE = hostNamed('unresponsive').addresses.filter(isIpv4);

function toPorts(arrivals: readonly Arrival[], isDead: (address: string) => boolean): Arrival[] {
  return arrivals.filter(({ protocol, address }) => protocol === 'tcp' && isDead(address));
}

describe.skipIf(isLeftOut).each(['connect', 'syn'])('live hosts only, probed with %s', (type) => {
  it('are found and probed correctly, and the others neither probed nor reported', async () => {
    const near = await witness(lab, 'near');
    const far = await witness(lab, 'router');
    const flags = ['--type', type, '-p', PORTS, '--rate', 'max', '--exclude', EXCLUDED_ADDRESSES.join()];
    const scan = await scanned(startScan(scanner, [NEAR_TARGETS, FAR_TARGETS, '--live-hosts', ...flags]));
    const [nearArrivals, farArrivals] = [await near.arrivals(), await far.arrivals()];
    expect(scan).toMatchObject({ status: 'completed', error: null, warnings: [] });

    const question = { hosts: trueHosts(), ports: PORTS };
    const alive = [...question.hosts.flatMap(({ addresses }) => addresses), ...IDLE];
    expect(scan.hosts.map(({ ip }) => ip).sort()).toEqual([...alive].sort());
    expect(scan.hosts_up).toBe(alive.length);
    const withoutIdle = { ...scan, hosts: scan.hosts.filter(({ ip }) => !IDLE.includes(ip)) };
    const verdict = judge(question, type === 'syn' ? 'syn' : 'connect', readScan(withoutIdle));
    expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
    const idle = scan.hosts.filter(({ ip }) => IDLE.includes(ip));
    expect(idle).toMatchObject([{ status: 'up', reason: 'arp-response', ports: [] }]);
    expect(idle[0]?.other_ports).toMatchObject([{ state: 'filtered', reason: 'no-response' }]);

    const probed = TARGETS - EXCLUDED_ADDRESSES.filter(isIpv4).length;
    expect(scan.progress).toEqual(
      expect.objectContaining({
        positions: probed * PORT_COUNT,
        completed: probed * PORT_COUNT,
        skipped: (probed - alive.length) * PORT_COUNT,
      }),
    );
    const isDead = (address: string) => !alive.includes(address);
    // On the link ARP is used; beyond a router a few segments are host discovery itself.
    expect(toPorts(nearArrivals, isDead)).toEqual([]);
    const discovery = toPorts(farArrivals, isDead);
    expect(discovery.filter(({ port }) => !TCP_PING_PORTS.includes(port))).toEqual([]);
    expect(new Set(discovery.map(({ address }) => address)).size).toBe(8 - 1);
    expect(nearArrivals.filter(({ address }) => EXCLUDED_ADDRESSES.includes(address))).toEqual([]);
    console.log(
      `${type}: ${nearArrivals.length} packets near by, ${discovery.length} to unresponsive addresses far off`,
    );
  });

  it('are reported with their MAC address and the kind of response', async () => {
    const host = await findHost(scanner, IDLE[0] ?? '');
    expect(host).toMatchObject({ status: 'up', status_reason: 'arp-response', ports: [] });
    expect(host.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  });
});

describe.skipIf(isLeftOut)('an impostor', () => {
  it('is named by discovery and by the engine, and no port of it is open', async () => {
    const range = hostNamed('answers for a whole range').addresses;
    const flags = ['--type', 'connect', '-p', '1-4', '--rate', 'max', '--live-hosts'];
    const scan = await scanned(startScan(scanner, ['198.18.32.1-198.18.32.254', ...flags]));
    const [first, ...others] = scan.warnings;
    expect(first).toMatchObject({
      kind: 'answers-for-all',
      message: expect.stringContaining(' responds for all of '),
    });
    expect(new Set(others.map(({ subject }) => subject))).toEqual(new Set(range));
    expect(scan.hosts.flatMap(({ ports }) => ports)).toEqual([]);
  });

  it('is named in the report of any scan, on one line each', async () => {
    const names = ['answers for one host', 'tarpit, window of 0', 'neighbor of an impostor'];
    const targets = names.flatMap((name) => hostNamed(name).addresses.filter(isIpv4));
    const flags = [
      '--type',
      'connect',
      '-p',
      '1-100',
      '--rate',
      'max',
      '--database-url',
      scanner.databaseUrl,
    ];
    const namespace = lab.namespaceOf('scan');
    const { code, stdout } = await runProgram(['scan', '--yes', ...targets, ...flags], { namespace });
    expect(code).toBe(0);
    const lines = stdout.split('\n').filter((line) => line.includes('answers on every port'));
    expect(lines).toEqual(
      targets
        .slice(0, 2)
        .map(
          (address) =>
            `${address} answers on every port (a firewall or tarpit in its place); its ports are not counted as open.`,
        ),
    );
  });
});

describe.skipIf(isLeftOut)('a version scan', () => {
  it('reports what listens on the ports of real services', { timeout: 120_000 }, async () => {
    const ports = ['-p', '22,53,80,81', '--type', 'version', '--rate', 'max'];
    const scan = await scanned(startScan(scanner, [SERVICES_ADDRESS, ...ports]));
    expect(scan).toMatchObject({ status: 'completed', engine: 'nmap', warnings: [] });
    const { ports: found } = await findHost(scanner, SERVICES_ADDRESS);
    const products = found.map(({ port, service, product, version }) => [port, service, product, version]);
    const running = lab.servicesHost.tcp.special;
    const all = [
      [22, 'ssh', 'OpenSSH', expect.stringMatching(/^\d/)],
      [53, 'domain', 'dnsmasq', expect.stringMatching(/^\d/)],
      [80, 'http', 'nginx', expect.stringMatching(/^\d/)],
    ] as const;
    expect(products).toEqual(all.filter(([port]) => running.has(port)));
    expect(products.length).toBeGreaterThan(0);
  });

  it('probes only live hosts as well', { timeout: 120_000 }, async () => {
    const near = await witness(lab, 'near');
    const flags = ['-p', '22,81', '--type', 'version', '--rate', 'max', '--live-hosts'];
    const scan = await scanned(startScan(scanner, ['198.18.0.17-198.18.0.22', ...flags]));
    expect(scan.hosts.map(({ ip }) => ip)).toEqual([SERVICES_ADDRESS]);
    expect(scan.progress).toMatchObject({ completed: 6 * 2, skipped: 5 * 2 });
    expect(toPorts(await near.arrivals(), (address) => address !== SERVICES_ADDRESS)).toEqual([]);
  });
});

describe.skipIf(isLeftOut)('without raw packets', () => {
  it('live hosts are discovered by the remaining methods, and missing ones are reported', async () => {
    const unprivileged = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw', process.execPath];
    const flags = [
      '--live-hosts',
      '-p',
      '22,25',
      '--json',
      '--all-states',
      '--database-url',
      scanner.databaseUrl,
    ];
    const scan = [
      PROGRAM,
      'scan',
      '--yes',
      '198.18.0.10',
      '198.18.0.17',
      '198.18.8.20-198.18.8.22',
      ...flags,
    ];
    const { child } = lab.start('scan', [...unprivileged, ...scan]);
    const { code, stdout, stderr } = await ended(child);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { engine, warnings, hosts } = scanDocument.parse(JSON.parse(stdout));
    expect(engine).toBe('connect');
    const missing = ['arp IPv4', 'ping IPv4'];
    expect(warnings.map(({ kind, subject }) => ({ kind, subject }))).toEqual(
      missing.map((subject) => ({ kind: 'method-missing', subject })),
    );
    expect(warnings[0]?.message).toBe(
      'Hosts were not looked for by arp IPv4: this program may not send raw packets (EPERM).',
    );
    expect(hosts.map(({ ip, status }) => `${ip} ${status}`)).toEqual(['198.18.0.10 up', '198.18.8.20 up']);
  });
});
