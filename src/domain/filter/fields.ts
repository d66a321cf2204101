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
    description: 'the current status of the host',
    example: 'status:up',
    inPast: true,
    read: (host) => [host.status],
  },
  {
    name: 'address',
    aliases: ['ip', 'addr'],
    type: 'address',
    description: 'the address of the host: one, a network or a range',
    example: 'address:198.18.0.0/24',
    inPast: true,
    read: (host) => host.address,
  },
  {
    name: 'name',
    aliases: ['hostname'],
    type: 'text',
    description: 'the name of the host, found or entered',
    example: 'name:printer*',
    inPast: true,
    read: (host) => [host.hostname, host.customName],
  },
  {
    name: 'mac',
    aliases: ['mac_address'],
    type: 'text',
    description: 'the hardware address, with colons',
    example: 'mac:00:53:00*',
    inPast: true,
    read: (host) => [host.mac],
  },
  {
    name: 'vendor',
    aliases: [],
    type: 'text',
    description: 'the vendor of its network card',
    example: 'vendor:"Example Works"',
    inPast: true,
    read: (host) => [host.vendor],
  },
  {
    name: 'os',
    aliases: ['os_family', 'os_name'],
    type: 'text',
    description: 'the operating system, family or full name',
    example: 'os:linux',
    inPast: true,
    read: (host) => [host.osFamily, host.osName],
  },
  {
    name: 'port',
    aliases: ['open_port'],
    type: 'port',
    description: 'an open port of the host',
    example: 'port:443,8000-8999/tcp',
    inPast: true,
    read: (host) => host.openPorts,
  },
  {
    name: 'open_ports',
    aliases: ['ports'],
    type: 'number',
    description: 'the number of open ports',
    example: 'open_ports>=10',
    inPast: false,
    read: (host) => host.openPorts.length,
  },
  {
    name: 'service',
    aliases: [],
    type: 'name',
    description: 'a service on an open port, as it identified itself',
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
    description: 'when the host was first seen',
    example: 'first_seen<7d',
    inPast: true,
    read: (host) => host.firstSeenMs,
  },
  {
    name: 'last_seen',
    aliases: ['seen'],
    type: 'time',
    description: 'when the host was last seen',
    example: 'last_seen>30d',
    inPast: false,
    read: (host) => host.lastSeenMs,
  },
  {
    name: 'changed',
    aliases: [],
    type: 'time',
    description: 'when the host, or one of its ports, last changed',
    example: 'changed>=2026-11-24T18:00Z',
    inPast: true,
    read: (host) => host.changedMs,
  },
  {
    name: 'flapping',
    aliases: [],
    type: 'term',
    terms: YES_OR_NO,
    description: 'whether the host changes between up and down repeatedly',
    example: 'flapping:yes',
    inPast: true,
    read: (host) => [yesOrNo(host.isFlapping)],
  },
  {
    name: 'ignored',
    aliases: [],
    type: 'term',
    terms: YES_OR_NO,
    description: 'whether lists hide the host; a filter with this field shows ignored hosts',
    example: 'ignored:yes',
    inPast: true,
    read: (host) => [yesOrNo(host.isIgnored)],
  },
  {
    name: 'rtt',
    aliases: ['response_time'],
    type: 'number',
    units: { us: 0.001, ms: 1, s: 1_000 },
    description: `the average response time, of at least ${MIN_TIMED_ANSWERS} responses`,
    example: 'rtt>=200ms',
    inPast: false,
    read: (host) => host.roundTripMs,
  },
  {
    name: 'score',
    aliases: ['completeness_score'],
    type: 'number',
    description: 'how much is known of the host, from 0 to 100',
    example: 'score<60',
    inPast: false,
    read: (host) => host.completenessScore,
  },
  {
    name: 'network',
    aliases: ['net'],
    type: 'name',
    description: 'a stored network that contains the address, by its name',
    example: 'network:office',
    inPast: true,
    read: (host) => host.networks,
  },
  {
    name: 'site',
    aliases: [],
    type: 'name',
    description: 'the site of the host',
    example: 'site:default',
    inPast: true,
    read: (host) => [host.site],
  },
  {
    name: 'tag',
    aliases: ['tags'],
    type: 'label',
    description: 'a tag of the host',
    example: 'tag:printer',
    inPast: false,
    read: (host) => host.tags,
  },
  {
    name: 'group',
    aliases: ['groups'],
    type: 'label',
    description: 'a group of the host, as a listed member or by its rule',
    example: 'group:printers',
    inPast: false,
    read: (host) => host.groups,
  },
  {
    name: 'owner',
    aliases: [],
    type: 'label',
    description: 'the owner of the host or of its network',
    example: 'owner:"Network team"',
    inPast: false,
    read: (host) => [host.owner],
  },
  {
    name: 'note',
    aliases: ['notes'],
    type: 'text',
    description: 'a note on the host',
    example: 'note:moved',
    inPast: false,
    read: (host) => host.notes,
  },
  {
    name: 'field',
    aliases: [],
    type: 'own',
    description: 'the value of a custom field, by its name; < and > compare numbers and days',
    example: 'field.rack:7',
    inPast: false,
    read: (host) => host.fields,
  },
  {
    name: 'has',
    aliases: [],
    type: 'term',
    terms: HAS_TERMS,
    description: 'whether this is known of the host',
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
