import type { ListedHost as Host, HostPort } from '#contract/hosts/host.js';
import type { ChangeCounts, ScanChange } from '#contract/scans/diff.js';
import type { PortCertificate, SshServer } from '#contract/scans/port-evidence.js';
import { compareAddresses, parseAddress } from '#domain/addresses/address.js';
import type { ScanChangeKind } from '#domain/diff/scan-change.js';
import { certificateText } from '#domain/enrichment/certificate.js';
import { sshHostKeysText } from '#domain/enrichment/ssh-host-key.js';
import { portServiceText } from '#domain/ports/service-text.js';

/** What may differ between two instants: as between two scans, and the status of a host. */
export type KnownChangeKind = ScanChangeKind | 'host_changed';
/** As of two scans, which are of one site and do not name it; a host that went is one that was deleted. */
export type KnownChange = Omit<ScanChange, 'kind'> & {
  readonly kind: KnownChangeKind;
  readonly site?: string;
};

export type KnownChangeCounts = Record<keyof ChangeCounts, number>;

const COUNT_OF: Readonly<Record<KnownChangeKind, keyof KnownChangeCounts>> = {
  host_new: 'hosts_new',
  host_not_seen: 'hosts_not_seen',
  host_changed: 'hosts_changed',
  mac_changed: 'hosts_changed',
  name_changed: 'hosts_changed',
  port_opened: 'ports_opened',
  port_closed: 'ports_closed',
  port_changed: 'ports_changed',
  service_changed: 'services_changed',
  ssh_host_key_changed: 'hosts_changed',
  certificate_changed: 'hosts_changed',
};

export async function countKnownChanges(
  pages: AsyncIterable<readonly KnownChange[]>,
): Promise<KnownChangeCounts> {
  const counts: KnownChangeCounts = {
    hosts_new: 0,
    hosts_not_seen: 0,
    hosts_changed: 0,
    ports_opened: 0,
    ports_closed: 0,
    ports_changed: 0,
    services_changed: 0,
  };
  for await (const page of pages) for (const { kind } of page) counts[COUNT_OF[kind]] += 1;
  return counts;
}

/** Handed on when there are so many; those of one address more may be in them. */
const CHANGES_PER_PAGE = 1_000;

type HostPages = AsyncIterable<readonly Host[]>;

/**
 * What changed from one list of hosts to another. Both come in the order of addresses, and no more of them is held than a
 * page of each. Nothing is told of a host that is ignored in the later one, or went while it was.
 */
export async function* changesOfHosts(
  before: HostPages,
  after: HostPages,
): AsyncGenerator<readonly KnownChange[]> {
  const [old, now] = [new AddressGroups(before), new AddressGroups(after)];
  let [was, is] = [await old.next(), await now.next()];
  let changes: KnownChange[] = [];
  while (was !== undefined || is !== undefined) {
    const order = compareGroups(was, is);
    changes.push(...changesAt(order <= 0 ? (was ?? []) : [], order >= 0 ? (is ?? []) : []));
    if (order <= 0) was = await old.next();
    if (order >= 0) is = await now.next();
    if (changes.length < CHANGES_PER_PAGE) continue;
    yield changes;
    changes = [];
  }
  yield changes;
}

/** A list that has ended comes after every other. */
function compareGroups(a: readonly Host[] | undefined, b: readonly Host[] | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const [first, second] = [parseAddress(a[0]?.ip ?? ''), parseAddress(b[0]?.ip ?? '')];
  return first === undefined || second === undefined ? 0 : compareAddresses(first, second);
}

/** Hosts of the same address, of whichever sites, together. */
class AddressGroups {
  readonly #hosts: AsyncGenerator<Host>;
  #ahead: Host | undefined;

  constructor(pages: HostPages) {
    this.#hosts = singly(pages);
  }

  /** Undefined at the end. */
  async next(): Promise<readonly Host[] | undefined> {
    const first = this.#ahead ?? (await this.#take());
    if (first === undefined) return undefined;
    const group = [first];
    for (;;) {
      this.#ahead = await this.#take();
      if (this.#ahead?.ip !== first.ip) return group;
      group.push(this.#ahead);
    }
  }

  async #take(): Promise<Host | undefined> {
    const { value, done } = await this.#hosts.next();
    return done === true ? undefined : value;
  }
}

async function* singly(pages: HostPages): AsyncGenerator<Host> {
  for await (const page of pages) yield* page;
}

function changesAt(before: readonly Host[], after: readonly Host[]): KnownChange[] {
  const went = before.filter(({ id, ignored }) => !ignored && !after.some((host) => host.id === id));
  const printed = after.filter(({ ignored }) => !ignored);
  return [
    ...went.map((host) => hostChange('host_not_seen', host)),
    ...printed.flatMap((host) => {
      const was = before.find(({ id }) => id === host.id);
      return was === undefined ? [hostChange('host_new', host)] : changesOfHost(was, host);
    }),
  ];
}

function hostChange(
  kind: KnownChangeKind,
  { id, ip, site, open_ports: { length: count } }: Host,
): KnownChange {
  return { kind, ip, site, host_id: id, protocol: null, ports: null, count, old: null, new: null };
}

function changesOfHost(was: Host, is: Host): KnownChange[] {
  const status = { ...hostChange('host_changed', is), old: was.status, new: is.status };
  const ofHost = (kind: 'mac_changed' | 'name_changed') => ({ ...hostChange(kind, is), count: 1 });
  const [old, now] = [portsByKey(was), portsByKey(is)];
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [
    ...(was.status === is.status ? [] : [status]),
    ...changeOfFact(ofHost('mac_changed'), was.mac, is.mac),
    ...changeOfFact(ofHost('name_changed'), was.hostname, is.hostname),
    ...[...keys].flatMap((key) => changesOfPort(is, old.get(key), now.get(key))),
    ...changesShown(is, 'ssh_host_key_changed', keysShown(was), keysShown(is)),
    ...changesShown(is, 'certificate_changed', certificatesShown(was), certificatesShown(is)),
  ];
}

/** As between two scans: what is learnt for the first time is no change of the host. */
function changeOfFact(change: KnownChange, old: string | null, now: string | null): KnownChange[] {
  return old === null || now === null || old === now ? [] : [{ ...change, old, new: now }];
}

/** What a port showed of itself, as text; `proof` is equal where it was the same. */
interface Shown {
  readonly at: Pick<SshServer, 'port' | 'protocol'>;
  readonly proof: string;
  readonly text: string;
}

const keysShown = ({ ssh_servers: servers = [] }: Host): readonly Shown[] =>
  servers.map((at) => ({ at, proof: sshHostKeysText(at.keys), text: sshHostKeysText(at.keys) }));

const certificatesShown = ({ certificates = [] }: Host): readonly Shown[] =>
  certificates.map((at) => ({ at, proof: at.fingerprint, text: shownCertificateText(at) }));

function shownCertificateText(shown: PortCertificate): string {
  return certificateText({ ...shown, subjectCn: shown.subject_cn, notAfter: shown.not_after });
}

function changesShown(
  { id, ip, site }: Host,
  kind: KnownChangeKind,
  before: readonly Shown[],
  after: readonly Shown[],
): KnownChange[] {
  return after.flatMap(({ at: { port, protocol }, proof, text }) => {
    const was = before.find(({ at }) => at.port === port && at.protocol === protocol);
    if (was === undefined || was.proof === proof) return [];
    return [
      { kind, ip, site, host_id: id, protocol, ports: String(port), count: 1, old: was.text, new: text },
    ];
  });
}

function portsByKey({ open_ports: ports }: Host): ReadonlyMap<string, HostPort> {
  return new Map(ports.map((port) => [`${port.port}/${port.protocol}`, port]));
}

/** A port that is open no more is told without what it is now: lists name open ports alone. */
function changesOfPort(
  { id, ip, site }: Host,
  was: HostPort | undefined,
  is: HostPort | undefined,
): KnownChange[] {
  const port = was ?? is;
  if (port === undefined) return [];
  const change = { ip, site, host_id: id, protocol: port.protocol, ports: String(port.port), count: 1 };
  if (was === undefined) return [{ ...change, kind: 'port_opened', old: null, new: is?.state ?? null }];
  if (is === undefined) return [{ ...change, kind: 'port_closed', old: was.state, new: null }];
  const [old, now] = [portServiceText(was), portServiceText(is)];
  return [
    ...(was.state === is.state
      ? []
      : [{ ...change, kind: 'port_changed' as const, old: was.state, new: is.state }]),
    ...(old === now ? [] : [{ ...change, kind: 'service_changed' as const, old, new: now }]),
  ];
}
