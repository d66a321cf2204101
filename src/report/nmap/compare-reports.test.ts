import { describe, expect, it } from 'vitest';
import { parseLiteral } from '#domain/addresses/address.js';
import { serviceValue } from '#domain/enrichment/finding.js';
import { compareReports, type ReportChange } from '#report/nmap/compare-reports.js';
import { parsePortList } from '#report/nmap/port-ranges.js';
import type { ReportedHost } from '#report/nmap/reported-host.js';

interface Story {
  readonly open?: readonly number[];
  readonly closed?: string;
  readonly filtered?: string;
  readonly udp?: readonly number[];
  readonly unresponsive?: true;
  readonly services?: Readonly<Record<number, string>>;
}

function host(
  text: string,
  { open = [], udp = [], unresponsive, services = {}, ...more }: Story,
): ReportedHost {
  const address = parseLiteral(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  const covered = (['closed', 'filtered'] as const).flatMap((state) => {
    const ranges = parsePortList(more[state] ?? '');
    return ranges === undefined ? [] : [{ protocol: 'tcp', state, reason: 'conn-refused', ranges } as const];
  });
  return {
    address,
    observedAtMs: 0,
    evidence: unresponsive === undefined ? 'syn-ack' : undefined,
    listed: [
      ...open.map((port) => ({ protocol: 'tcp', port, state: 'open', reason: 'syn-ack' }) as const),
      ...udp.map(
        (port) => ({ protocol: 'udp', port, state: 'open|filtered', reason: 'no-response' }) as const,
      ),
    ],
    covered,
    findings: Object.entries(services).map(([port, name]) => ({
      address,
      fact: 'service',
      protocol: 'tcp',
      port: Number(port),
      value: serviceValue({ name }) ?? '',
      reason: null,
      observedAtMs: 0,
    })),
  };
}

async function* reported(hosts: readonly ReportedHost[]) {
  yield* hosts;
}
const compared = (before: readonly ReportedHost[], after: readonly ReportedHost[]) =>
  compareReports(reported(before), reported(after));
const print = ({ kind, address: { value }, protocol, ports, old, new: now }: ReportChange) =>
  [kind, value & 0xffn, ...(ports === null ? [] : [`${ports}/${protocol}`, old, now])].join(' ');
const NONE = { addresses: 0, ports: 0, hosts: 0 };

describe('two reports', () => {
  it('differ in ports that both contain, with equal changes grouped', async () => {
    const { changes, counts } = await compared(
      [host('198.18.0.1', { open: [22, 80], closed: '1-21,443', filtered: '1000-1009', udp: [53] })],
      [host('198.18.0.1', { open: [22, 443], filtered: '1-21,80', closed: '1000-1001,1009', udp: [53] })],
    );
    expect(changes.map(print).toSorted()).toEqual([
      'port_changed 1 1-21/tcp closed filtered',
      'port_changed 1 1000-1001,1009/tcp filtered closed',
      'port_changed 1 80/tcp open filtered',
      'port_opened 1 443/tcp closed open',
    ]);
    expect(counts).toEqual({
      hostsNew: 0,
      hostsNotSeen: 0,
      hostsChanged: null,
      portsOpened: 1,
      portsClosed: 0,
      portsChanged: 25,
      servicesChanged: 0,
    });
  });

  it('do not differ in ports and hosts that only one of them probed', async () => {
    const { changes, onlyBefore, onlyAfter } = await compared(
      [host('198.18.0.1', { open: [22], closed: '1-10' }), host('198.18.0.2', { open: [1], closed: '2-5' })],
      [host('198.18.0.1', { open: [80] }), host('198.18.0.3', { unresponsive: true, filtered: '1-3' })],
    );
    expect(changes).toEqual([]);
    expect(onlyBefore).toEqual({ addresses: 1, ports: 11 + 5, hosts: 1 });
    expect(onlyAfter).toEqual({ addresses: 1, ports: 1 + 3, hosts: 0 });
  });

  it('differ in hosts that responded in only one of them, in the order of addresses', async () => {
    const { changes, counts } = await compared(
      [host('198.18.0.9', { open: [1, 2] }), host('198.18.0.1', { unresponsive: true, filtered: '1-2' })],
      [
        host('198.18.0.9', { unresponsive: true, filtered: '1-2' }),
        host('198.18.0.1', { open: [1], closed: '2' }),
      ],
    );
    expect(changes.map(print)).toEqual(['host_new 1', 'host_not_seen 9']);
    expect(changes.map(({ count }) => count)).toEqual([1, 2]);
    expect(counts).toMatchObject({ hostsNew: 1, hostsNotSeen: 1, portsOpened: 0, portsClosed: 0 });
  });

  it('differ in services that changed, not in those that only one of them probed', async () => {
    const { changes } = await compared(
      [host('198.18.0.1', { open: [22, 80, 90], services: { 22: 'ssh', 80: 'http' } })],
      [host('198.18.0.1', { open: [22, 80, 90], services: { 22: 'telnet', 80: 'http', 90: 'dns' } })],
    );
    expect(changes.map(print)).toEqual(['service_changed 1 22/tcp ssh telnet']);
  });

  it('are equal if one of them only splits an address into several hosts', async () => {
    const parts = [host('198.18.0.1', { open: [1] }), host('198.18.0.1', { open: [2] })];
    const complete = [host('198.18.0.1', { open: [1, 2] })];
    const { changes, onlyBefore, onlyAfter } = await compared(parts, complete);
    expect({ changes, onlyBefore, onlyAfter }).toEqual({ changes: [], onlyBefore: NONE, onlyAfter: NONE });
  });

  it('leave nothing of one host for the next', async () => {
    const before = [host('198.18.0.1', { open: [5], closed: '1-4' }), host('198.18.0.2', { open: [9] })];
    const after = [host('198.18.0.1', { open: [5], closed: '1-4' }), host('198.18.0.2', { open: [9, 4] })];
    const { changes, onlyAfter } = await compared(before, after);
    expect(changes).toEqual([]);
    expect(onlyAfter).toEqual({ addresses: 0, ports: 1, hosts: 0 });
  });
});
