import type { Service } from '#domain/enrichment/finding.js';
import type { FieldType as CustomFieldType } from '#domain/fields/custom-field.js';
import type { HostStatus } from '#domain/hosts/host-status.js';
import type { Protocol } from '#domain/ports/protocol.js';

export interface FilterablePort {
  readonly protocol: Protocol;
  readonly port: number;
  /** What the service told of itself; null when nobody asked it. */
  readonly service: Service | null;
}

/** What a filter may ask of a host; instants in milliseconds since 1970-01-01 UTC. */
export interface FilterableHost {
  readonly address: string;
  readonly site: string;
  /** The names of the stored networks of its site that its address is in. */
  readonly networks: readonly string[];
  readonly hostname: string | null;
  /** What a person calls it. */
  readonly customName: string | null;
  /** Lower case, with colons. */
  readonly mac: string | null;
  readonly vendor: string | null;
  readonly osFamily: string | null;
  readonly osName: string | null;
  readonly status: HostStatus;
  readonly isFlapping: boolean;
  readonly isIgnored: boolean;
  /** What its answers took on average, milliseconds; null where too few were timed. */
  readonly roundTripMs: number | null;
  /** How much is known of it, 0 to 100. */
  readonly completenessScore: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The newest change that its history tells of; null when all of it was removed. */
  readonly changedMs: number | null;
  readonly openPorts: readonly FilterablePort[];
  /** The names of its tags, and of the groups that list it. */
  readonly tags: readonly string[];
  readonly groups: readonly string[];
  /** Whose it is, by itself or by its network. */
  readonly owner: string | null;
  readonly notes: readonly string[];
  readonly fields: readonly FilterableValue[];
}

/** The value of a field that was defined for hosts. */
export interface FilterableValue {
  readonly name: string;
  readonly type: CustomFieldType;
  readonly value: string;
}

/** How the values of a field are written and compared. */
export const FIELD_TYPES = [
  'term',
  'name',
  'label',
  'text',
  'number',
  'time',
  'address',
  'port',
  'own',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

interface FieldFace {
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line for people: what is compared. */
  readonly description: string;
  readonly example: string;
  /** Whether history tells it of a past instant. */
  readonly inPast: boolean;
}
type Texts = (host: FilterableHost) => readonly (string | null)[];

/** One of few words. */
interface TermField extends FieldFace {
  readonly type: 'term';
  readonly terms: readonly string[];
  readonly read: Texts;
}
/**
 * A `name` is compared as a whole, of a `text` a part is enough; a `label` is what people give tags, groups and owners, the
 * same in any case (`labelKey`).
 */
interface TextField extends FieldFace {
  readonly type: 'name' | 'label' | 'text';
  readonly read: Texts;
}
interface NumberField extends FieldFace {
  readonly type: 'number';
  /** What one of each unit is worth; the one that is worth 1 is written, and meant when none is. */
  readonly units?: Readonly<Record<string, number>>;
  readonly read: (host: FilterableHost) => number | null;
}
interface TimeField extends FieldFace {
  readonly type: 'time';
  readonly read: (host: FilterableHost) => number | null;
}
interface AddressField extends FieldFace {
  readonly type: 'address';
  readonly read: (host: FilterableHost) => string;
}
interface PortField extends FieldFace {
  readonly type: 'port';
  readonly read: (host: FilterableHost) => readonly FilterablePort[];
}
/** Those that were defined for hosts, each with a name of its own behind a dot. */
interface OwnField extends FieldFace {
  readonly type: 'own';
  readonly read: (host: FilterableHost) => readonly FilterableValue[];
}
export type FieldSpec = TermField | TextField | NumberField | TimeField | AddressField | PortField | OwnField;

/** What stands between a field and its values; `:` is the usual one. */
export const OPERATORS = [':', '=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof OPERATORS)[number];

const IS = [':'] as const;
const ORDER = ['<', '<=', '>', '>='] as const;
/** `=` is also understood where it is not listed, and means `:` there; `!=` is `not` with `=`. */
export const OPERATORS_OF: Readonly<Record<FieldType, readonly Operator[]>> = {
  term: IS,
  name: IS,
  label: IS,
  text: [':', '='],
  number: [':', ...ORDER],
  time: ORDER,
  address: IS,
  port: IS,
  own: [':', ...ORDER],
};
