import { MIN_TIMED_ANSWERS } from '#domain/diff/round-trips.js';
import { isFieldName } from '#domain/fields/custom-field.js';
import type { FieldSpec, FilterableHost } from '#domain/filter/field-spec.js';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import { closestName } from '#domain/text/nearest-word.js';

const HAS_TERMS = ['name', 'mac', 'vendor', 'os', 'port', 'service', 'tag', 'owner', 'note'] as const;
type HasTerm = (typeof HAS_TERMS)[number];

function hasTerms(host: FilterableHost): readonly HasTerm[] {
  const has: Readonly<Record<HasTerm, boolean>> = {
    name: host.hostname !== null || host.customName !== null,
    mac: host.mac !== null,
    vendor: host.vendor !== null,
    os: host.osFamily !== null || host.osName !== null,
    port: host.openPorts.length > 0,
    service: host.openPorts.some(({ service }) => service !== null),
    tag: host.tags.length > 0,
    owner: host.owner !== null,
    note: host.notes.length > 0,
  };
  return HAS_TERMS.filter((term) => has[term]);
}

const YES_OR_NO = ['yes', 'no'] as const;
const yesOrNo = (is: boolean) => (is ? 'yes' : 'no');

/**
 * Everything that can be asked of a host, once. A new field is an entry here, with what it reads for the evaluation in
 * memory (`FilterableHost` gains it), and an entry of the same name in `CONDITIONS` of `#store/filter/filter-conditions.js`; the
 * types hold that none is missing, and the documentation is made from this table.
 */
export const FIELDS = [
  {
    name: 'status',
    aliases: [],
    type: 'term',
    terms: HOST_STATUSES,
    description: 'what the host was when it was last asked',
    example: 'status:up',
    inPast: true,
    read: (host) => [host.status],
  },
  {
    name: 'address',
    aliases: ['ip', 'addr'],
    type: 'address',
    description: 'its address: one, a network or a range',
    example: 'address:198.18.0.0/24',
    inPast: true,
    read: (host) => host.address,
  },
  {
    name: 'name',
    aliases: ['hostname'],
    type: 'text',
    description: 'its name, found or given',
    example: 'name:printer*',
    inPast: true,
    read: (host) => [host.hostname, host.customName],
  },
  {
    name: 'mac',
    aliases: ['mac_address'],
    type: 'text',
    description: 'its hardware address, with colons',
    example: 'mac:00:53:00*',
    inPast: true,
    read: (host) => [host.mac],
  },
  {
    name: 'vendor',
    aliases: [],
    type: 'text',
    description: 'who made its network card',
    example: 'vendor:"Example Works"',
    inPast: true,
    read: (host) => [host.vendor],
  },
  {
    name: 'os',
    aliases: ['os_family', 'os_name'],
    type: 'text',
    description: 'its operating system, family or full name',
    example: 'os:linux',
    inPast: true,
    read: (host) => [host.osFamily, host.osName],
  },
  {
    name: 'port',
    aliases: ['open_port'],
    type: 'port',
    description: 'a port that is open on it',
    example: 'port:443,8000-8999/tcp',
    inPast: true,
    read: (host) => host.openPorts,
  },
  {
    name: 'open_ports',
    aliases: ['ports'],
    type: 'number',
    description: 'how many ports are open on it',
    example: 'open_ports>=10',
    inPast: false,
    read: (host) => host.openPorts.length,
  },
  {
    name: 'service',
    aliases: [],
    type: 'name',
    description: 'a service on an open port, as it told itself',
    example: 'service:http*',
    inPast: false,
    read: (host) => host.openPorts.map(({ service }) => service?.name ?? null),
  },
  {
    name: 'product',
    aliases: ['version'],
    type: 'text',
    description: 'product and version of a service on an open port',
    example: 'product:"nginx 1.18"',
    inPast: false,
    read: (host) =>
      host.openPorts.map(({ service }) =>
        service?.product === undefined ? null : [service.product, service.version].filter(Boolean).join(' '),
      ),
  },
  {
    name: 'first_seen',
    aliases: ['new'],
    type: 'time',
    description: 'when it was first seen',
    example: 'first_seen<7d',
    inPast: true,
    read: (host) => host.firstSeenMs,
  },
  {
    name: 'last_seen',
    aliases: ['seen'],
    type: 'time',
    description: 'when it was last seen',
    example: 'last_seen>30d',
    inPast: false,
    read: (host) => host.lastSeenMs,
  },
  {
    name: 'changed',
    aliases: [],
    type: 'time',
    description: 'when it, or one of its ports, last changed',
    example: 'changed>=2026-11-24T18:00Z',
    inPast: true,
    read: (host) => host.changedMs,
  },
  {
    name: 'flapping',
    aliases: [],
    type: 'term',
    terms: YES_OR_NO,
    description: 'whether it comes and goes all the time',
    example: 'flapping:yes',
    inPast: true,
    read: (host) => [yesOrNo(host.isFlapping)],
  },
  {
    name: 'ignored',
    aliases: [],
    type: 'term',
    terms: YES_OR_NO,
    description: 'whether lists leave it out; where this is asked for they do not',
    example: 'ignored:yes',
    inPast: true,
    read: (host) => [yesOrNo(host.isIgnored)],
  },
  {
    name: 'rtt',
    aliases: ['response_time'],
    type: 'number',
    units: { us: 0.001, ms: 1, s: 1_000 },
    description: `what its answers took on average, over ${MIN_TIMED_ANSWERS} at least`,
    example: 'rtt>=200ms',
    inPast: false,
    read: (host) => host.roundTripMs,
  },
  {
    name: 'score',
    aliases: ['completeness_score'],
    type: 'number',
    description: 'how much is known of it, from 0 to 100',
    example: 'score<60',
    inPast: false,
    read: (host) => host.completenessScore,
  },
  {
    name: 'network',
    aliases: ['net'],
    type: 'name',
    description: 'a stored network that its address is in, by its name',
    example: 'network:office',
    inPast: true,
    read: (host) => host.networks,
  },
  {
    name: 'site',
    aliases: [],
    type: 'name',
    description: 'its site',
    example: 'site:default',
    inPast: true,
    read: (host) => [host.site],
  },
  {
    name: 'tag',
    aliases: ['tags'],
    type: 'label',
    description: 'a tag that it has',
    example: 'tag:printer',
    inPast: false,
    read: (host) => host.tags,
  },
  {
    name: 'group',
    aliases: ['groups'],
    type: 'label',
    description: 'a group that it is in, listed or by its rule',
    example: 'group:printers',
    inPast: false,
    read: (host) => host.groups,
  },
  {
    name: 'owner',
    aliases: [],
    type: 'label',
    description: 'whose it is, by itself or by its network',
    example: 'owner:"Network team"',
    inPast: false,
    read: (host) => [host.owner],
  },
  {
    name: 'note',
    aliases: ['notes'],
    type: 'text',
    description: 'a note on it',
    example: 'note:moved',
    inPast: false,
    read: (host) => host.notes,
  },
  {
    name: 'field',
    aliases: [],
    type: 'own',
    description: 'the value of a field that you defined, by its name; < and > compare numbers and days',
    example: 'field.rack:7',
    inPast: false,
    read: (host) => host.fields,
  },
  {
    name: 'has',
    aliases: [],
    type: 'term',
    terms: HAS_TERMS,
    description: 'what is known of it',
    example: 'not has:name',
    inPast: false,
    read: hasTerms,
  },
] as const satisfies readonly FieldSpec[];

export type Field = (typeof FIELDS)[number];
export type FieldName = Field['name'];
/** What a field of words can be. */
export type FieldTerm<Name extends FieldName> = Extract<Field, { name: Name; type: 'term' }>['terms'][number];

const BY_NAME: ReadonlyMap<string, Field> = new Map(
  FIELDS.flatMap((field): [string, Field][] => [field.name, ...field.aliases].map((name) => [name, field])),
);

/** The field of this name or alias, in any case. */
export function findField(name: string): Field | undefined {
  const key = name.toLowerCase();
  return BY_NAME.get(ownFieldName(key) === undefined ? key : 'field');
}

/** What stands behind the dot of `field.rack`; undefined for any other name. */
export function ownFieldName(name: string): string | undefined {
  const own = /^field\.(.*)$/.exec(name.toLowerCase())?.[1];
  return own !== undefined && isFieldName(own) ? own : undefined;
}

/** The name or alias that was most likely meant. */
export function nearestField(name: string): string | undefined {
  return closestName(name, [...BY_NAME.keys()]);
}
