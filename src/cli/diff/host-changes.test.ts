import { expect, test } from 'vitest';
import { changesOfHosts, countKnownChanges, type KnownChange } from '#cli/diff/host-changes.js';
import type { Host, HostPort } from '#contract/hosts/host.js';

const port = (number: number, changes: Partial<HostPort> = {}): HostPort => ({
  port: number,
  protocol: 'tcp',
  state: 'open',
  reason: 'syn-ack',
  service: null,
  service_method: null,
  product: null,
  version: null,
  extra_info: null,
  tunnel: null,
  cpe: [],
  first_seen: '2026-11-01T00:00:00.000Z',
  last_seen: '2026-11-01T00:00:00.000Z',
  last_opened: null,
  ...changes,
});
const host = (ip: string, ports: readonly HostPort[] = [], changes: Partial<Host> = {}): Host => ({
  id: `id of ${ip}`,
  ip,
  site: 'default',
  hostname: null,
  mac: null,
  vendor: null,
  status: 'up',
  status_reason: 'syn-ack',
  status_since: '2026-11-01T00:00:00.000Z',
  status_scan_id: null,
  misses: 0,
  flapping: false,
  ignored: false,
  down_after_misses: null,
  gone_after_days: null,
  response_time: null,
  mac_randomized: false,
  display_name: ip,
  display_name_source: 'address',
  custom_name: null,
  os_family: null,
  os_name: null,
  first_seen: '2026-11-01T00:00:00.000Z',
  last_seen: '2026-11-01T00:00:00.000Z',
  changed_at: null,
  deleted_at: null,
  deleted_by: null,
  tags: [],
  completeness_score: null,
  open_ports: [...ports],
  ...changes,
});

/** In pages of two, so that no page of one list lies beside that of the other. */
async function* pages(hosts: readonly Host[]) {
  for (let at = 0; at < hosts.length; at += 2) yield hosts.slice(at, at + 2);
}
async function changes(before: readonly Host[], after: readonly Host[]): Promise<KnownChange[]> {
  const found: KnownChange[] = [];
  for await (const page of changesOfHosts(pages(before), pages(after))) found.push(...page);
  return found;
}
const shown = (found: readonly KnownChange[]) =>
  found.map(({ kind, ip, ports, old, new: now }) => [kind, ip, ports, old, now].join(' ').trimEnd());

test('hosts that came and went are told in the order of addresses, IPv6 last', async () => {
  const before = ['198.18.0.2', '198.18.0.10', 'fd00::1'].map((ip) => host(ip, [port(1)]));
  const after = ['198.18.0.9', '198.18.0.10', 'fd00::2'].map((ip) => host(ip, [port(1)]));
  expect(shown(await changes(before, after))).toEqual([
    'host_not_seen 198.18.0.2',
    'host_new 198.18.0.9',
    'host_not_seen fd00::1',
    'host_new fd00::2',
  ]);
  expect(await changes(before, before)).toEqual([]);
  expect(await changes([], [])).toEqual([]);
});

test('ports of a host are told by what became of them', async () => {
  const ssh = { service: 'ssh', service_method: 'probed' } as const;
  const before = host('198.18.0.1', [
    port(1),
    port(2),
    port(22, { ...ssh, version: '9.1' }),
    port(53, { protocol: 'udp' }),
  ]);
  const after = host(
    '198.18.0.1',
    [
      port(2, { state: 'open|filtered' }),
      port(22, { ...ssh, version: '9.2' }),
      port(53),
      port(53, { protocol: 'udp' }),
    ],
    { status: 'down' },
  );
  expect(shown(await changes([before], [after]))).toEqual([
    'host_changed 198.18.0.1  up down',
    'port_closed 198.18.0.1 1 open',
    'port_changed 198.18.0.1 2 open open|filtered',
    'service_changed 198.18.0.1 22 ssh 9.1 ssh 9.2',
    'port_opened 198.18.0.1 53  open',
  ]);
});

const of = (site: string, ports: readonly HostPort[]) => host('198.18.0.1', ports, { id: site, site });
test('hosts of two sites with one address are not taken for each other', async () => {
  expect(shown(await changes([of('a', [port(1)]), of('b', [])], [of('b', [port(2)])]))).toEqual([
    'host_not_seen 198.18.0.1',
    'port_opened 198.18.0.1 2  open',
  ]);
});

test('a host that was ignored meanwhile did not go, and nothing is told of one that is', async () => {
  const ignored = { ignored: true };
  const seen = host('198.18.0.1', [port(1)]);
  expect(shown(await changes([seen], [host('198.18.0.1', [], ignored)]))).toEqual([]);
  expect(shown(await changes([host('198.18.0.1', [port(1)], ignored)], []))).toEqual([]);
  expect(shown(await changes([], [host('198.18.0.1', [port(1)], ignored)]))).toEqual([]);
  expect(shown(await changes([host('198.18.0.1', [], ignored)], [seen]))).toEqual([
    'port_opened 198.18.0.1 1  open',
  ]);
});

test('each change is counted as its kind', async () => {
  const counting = changesOfHosts(
    pages([host('198.18.0.1')]),
    pages([host('198.18.0.1', [port(1)]), host('198.18.0.2')]),
  );
  expect(await countKnownChanges(counting)).toEqual({
    hosts_new: 1,
    hosts_not_seen: 0,
    hosts_changed: 0,
    ports_opened: 1,
    ports_closed: 0,
    ports_changed: 0,
    services_changed: 0,
  });
});
