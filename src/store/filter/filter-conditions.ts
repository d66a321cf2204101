import { type RawBuilder, sql } from 'kysely';
import { formatAddress } from '#domain/addresses/address.js';
import { MIN_TIMED_ANSWERS } from '#domain/diff/round-trips.js';
import type { FieldType as CustomFieldType } from '#domain/fields/custom-field.js';
import type { Operator } from '#domain/filter/field-spec.js';
import type { FieldName, FieldTerm } from '#domain/filter/fields.js';
import { foldCase, labelPattern, type TextPattern } from '#domain/filter/pattern.js';
import type { FieldValue } from '#domain/filter/value.js';
import { LISTED_PORT_STATES } from '#domain/ports/port-state.js';
import { valueList } from '#store/database/value-list.js';
import { type AsOf, within } from '#store/history/as-of.js';
import { completenessScore } from '#store/hosts/completeness.js';
import { OWNER_KEY } from '#store/hosts/host-owner.js';
import { hostsWithOpenPort } from '#store/hosts/past-hosts.js';

/** When a filter is asked. */
export interface FilterScope {
  readonly asOf: AsOf;
  /** Where spans of time end. */
  readonly now: Date;
  /** Of `field`, which one is asked for. */
  readonly own?: string;
}

/** Whether one value holds of the row `host`; NULL counts as false. Values are parameters, never text of the statement. */
type Condition = (value: FieldValue, operator: Operator, scope: FilterScope) => RawBuilder<unknown>;

/** How each field is asked in the database. An entry for every one of `FIELDS`, and no other. */
export const CONDITIONS: { readonly [Name in FieldName]: Condition } = {
  status: (value) => sql`host.status = ${typed('term', value).term}`,
  flapping: (value) => sql`host.flapping = ${typed('term', value).term === 'yes'}`,
  ignored: (value) => sql`host.ignored = ${typed('term', value).term === 'yes'}`,
  // Multiplied, not divided: so it is exact.
  rtt: (value, operator) => sql`(host.rtt_count >= ${MIN_TIMED_ANSWERS}
    AND host.rtt_sum_us ${ORDER[operator]} ${typed('number', value).number}::numeric * 1000 * host.rtt_count)`,
  score: (value, operator, { now }) =>
    sql`${completenessScore(now)} ${ORDER[operator]} ${typed('number', value).number}::numeric`,
  address: (value) => isWithin(typed('address', value)),
  name: texts(sql`host.hostname`, sql`host.custom_name`),
  mac: texts(sql`host.mac_address::text`),
  vendor: texts(sql`host.vendor`),
  os: texts(sql`host.os_family`, sql`host.os_name`),
  port: (value, _operator, { asOf }) =>
    sql`host.id IN ${hostsWithOpenPort(asOf, isPort(typed('port', value)))}`,
  open_ports: (value, operator) =>
    sql`(SELECT count(*) FROM host_ports WHERE host_id = host.id AND ${IS_OPEN}) ${ORDER[operator]} ${typed('number', value).number}::numeric`,
  service: (value) => hostsWithService(isComplete(SERVICE_NAME, typed('text', value).pattern)),
  product: (value, operator) =>
    hostsWithService(isText(SERVICE_PRODUCT, typed('text', value).pattern, operator)),
  first_seen: times(sql`host.first_seen`),
  last_seen: times(sql`host.last_seen`),
  changed: (value, operator, scope) => isChanged(...timeOf(value, operator, scope), scope.asOf),
  // OFFSET 0: network after network by a range of the index, which the planner does not find by itself.
  network: (value) => sql`host.id IN (
    SELECT inside.id FROM networks network CROSS JOIN LATERAL (
      SELECT id FROM hosts WHERE hosts.site_id = network.site_id
        AND hosts.ip_address BETWEEN host(network(network.cidr))::inet AND host(broadcast(network.cidr))::inet OFFSET 0) AS inside
    WHERE ${isComplete(sql`network.name`, typed('text', value).pattern)})`,
  site: (value) =>
    sql`host.site_id IN (SELECT id FROM sites WHERE ${isComplete(sql`name`, typed('text', value).pattern)})`,
  tag: (value) => sql`host.id IN (SELECT own.host_id FROM host_tags own JOIN tags tag ON tag.id = own.tag_id
    WHERE ${isLabel(sql`tag.key`, value)})`,
  // Those that are listed: what the rules of others find is put in their place before (`resolveFilter`).
  group: (value) => sql`host.id IN (
    SELECT own.host_id FROM host_group_members own JOIN host_groups host_group ON host_group.id = own.group_id
    WHERE ${isLabel(sql`host_group.key`, value)})`,
  owner: (value) => isLabel(sql`(${OWNER_KEY})`, value),
  note: (value, operator) => sql`host.id IN (SELECT host_id FROM host_notes
    WHERE removed_at IS NULL AND ${isText(sql`text`, typed('text', value).pattern, operator)})`,
  field: (value, operator, { own = '' }) => isOwnValue(own, value, operator),
  has: (value) => hasTerm(typed('term', value).term),
};

/** The value of a field that an installation has defined. */
function isOwnValue(name: string, value: FieldValue, operator: Operator): RawBuilder<unknown> {
  return sql`host.id IN (SELECT own.host_id FROM host_field_values own JOIN custom_fields field ON field.id = own.field_id
    WHERE field.name = ${name} AND ${comparedOwn(value, operator)})`;
}

/** The value of the row `own` if it is of this type: in no certain order does PostgreSQL look at both. */
const valueAs = (type: CustomFieldType) => sql`CASE own.type WHEN ${type} THEN own.value END`;

function comparedOwn(value: FieldValue, operator: Operator): RawBuilder<unknown> {
  if (value.type === 'amount')
    return sql`(${valueAs('number')})::numeric ${ORDER[operator]} ${value.amount}::numeric`;
  if (value.type === 'day') return sql`(${valueAs('date')}) COLLATE "C" ${ORDER[operator]} ${value.day}`;
  const { pattern } = typed('text', value);
  const spoken = sql`CASE own.type WHEN 'flag' THEN CASE own.value WHEN 'true' THEN 'yes' ELSE 'no' END END`;
  return sql`(${isComplete(sql`own.value`, pattern)} OR ${isComplete(sql`(${spoken})`, pattern)})`;
}

/** A part of the address or of a name of the row `host`. */
export function isTerm(pattern: TextPattern): RawBuilder<unknown> {
  return sql`(${isText(sql`host(host.ip_address)`, pattern, ':')} OR ${isText(sql`host.hostname`, pattern, ':')}
    OR ${isText(sql`host.custom_name`, pattern, ':')})`;
}

const IS_OPEN = sql`state IN (${valueList(LISTED_PORT_STATES)})`;
/** As the index host_facts_service has it, which `service:ssh` is looked up in. */
const SERVICE_NAME = sql`service_part(fact.value, 'name')`;
const SERVICE_PRODUCT = sql`(service_part(fact.value, 'product') || coalesce(' ' || service_part(fact.value, 'version'), ''))`;

function hostsWithService(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`host.id IN (
    SELECT fact.host_id FROM host_facts fact JOIN host_ports USING (host_id, protocol, port)
    WHERE fact.fact = 'service' AND ${IS_OPEN} AND ${condition})`;
}

const HAS: { readonly [Term in FieldTerm<'has'>]: RawBuilder<unknown> } = {
  name: sql`(host.hostname IS NOT NULL OR host.custom_name IS NOT NULL)`,
  mac: sql`host.mac_address IS NOT NULL`,
  vendor: sql`host.vendor IS NOT NULL`,
  os: sql`(host.os_family IS NOT NULL OR host.os_name IS NOT NULL)`,
  port: sql`host.id IN (SELECT host_id FROM host_ports WHERE ${IS_OPEN})`,
  service: hostsWithService(sql`true`),
  tag: sql`host.id IN (SELECT host_id FROM host_tags)`,
  owner: sql`(${OWNER_KEY}) IS NOT NULL`,
  note: sql`host.id IN (SELECT host_id FROM host_notes WHERE removed_at IS NULL)`,
};

function hasTerm(term: string): RawBuilder<unknown> {
  const condition = new Map(Object.entries(HAS)).get(term);
  if (condition === undefined) throw new RangeError(`has knows no word ${term}`);
  return condition;
}

const ORDER: Readonly<Record<Operator, RawBuilder<unknown>>> = {
  ':': sql`=`,
  '=': sql`=`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
};
/** Longer ago is earlier. */
const EARLIER: Readonly<Record<Operator, Operator>> = {
  ':': ':',
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Narrows a value to the type of its field; RangeError where a filter was made by other means than reading one. */
function typed<Type extends FieldValue['type']>(
  type: Type,
  value: FieldValue,
): FieldValue & { readonly type: Type } {
  if (isOfType(type, value)) return value;
  throw new RangeError(`a value of type ${value.type} where ${type} belongs`);
}
function isOfType<Type extends FieldValue['type']>(
  type: Type,
  value: FieldValue,
): value is FieldValue & { readonly type: Type } {
  return value.type === type;
}

/** One of these columns has the text. */
function texts(...columns: readonly RawBuilder<unknown>[]): Condition {
  return (value, operator) => {
    const { pattern } = typed('text', value);
    return sql`(${sql.join(
      columns.map((column) => isText(column, pattern, operator)),
      sql` OR `,
    )})`;
  };
}

function isText(column: RawBuilder<unknown>, pattern: TextPattern, operator: Operator): RawBuilder<unknown> {
  if (operator !== ':' || pattern.length > 1) return isComplete(column, pattern);
  return sql`${folded(column)} LIKE ${`%${likePattern(pattern)}%`}`;
}

function isComplete(column: RawBuilder<unknown>, pattern: TextPattern): RawBuilder<unknown> {
  const [only = '', ...rest] = pattern;
  return rest.length === 0
    ? sql`${folded(column)} = ${foldCase(only)}`
    : sql`${folded(column)} LIKE ${likePattern(pattern)}`;
}

/** `foldCase` of a column: in the collation C, so that it is the same in every locale and an index serves a prefix. */
const folded = (column: RawBuilder<unknown>) => sql`lower(${column} COLLATE "C")`;

function isLabel(key: RawBuilder<unknown>, value: FieldValue): RawBuilder<unknown> {
  const pattern = labelPattern(typed('text', value).pattern);
  const [only = '', ...rest] = pattern;
  return rest.length === 0 ? sql`${key} = ${only}` : sql`${key} LIKE ${likePattern(pattern)}`;
}

function likePattern(pattern: TextPattern): string {
  return foldCase(pattern.map((part) => part.replaceAll(/[\\%_]/g, String.raw`\$&`)).join('%'));
}

function times(column: RawBuilder<unknown>): Condition {
  return (value, operator, scope) => {
    const [timestamp, order] = timeOf(value, operator, scope);
    return sql`${column} ${ORDER[order]} ${timestamp}::timestamptz`;
  };
}

function timeOf(value: FieldValue, operator: Operator, { now }: FilterScope): readonly [Date, Operator] {
  if (value.type === 'age') return [new Date(now.getTime() - value.ageMs), EARLIER[operator]];
  return [new Date(typed('time', value).atMs), operator];
}

/** Since an instant is any row of history after it; before it, the newest row. */
function isChanged(timestamp: Date, operator: Operator, asOf: AsOf): RawBuilder<unknown> {
  const compared = (time: RawBuilder<unknown>) => sql`${time} ${ORDER[operator]} ${timestamp}::timestamptz`;
  if (operator === '>' || operator === '>=')
    return sql`host.id IN (SELECT past.host_id FROM host_history past WHERE ${compared(sql`past.observed_at`)} AND ${within(asOf)})`;
  return compared(
    sql`(SELECT max(past.observed_at) FROM host_history past WHERE past.host_id = host.id AND ${within(asOf)})`,
  );
}

function isWithin({ range }: FieldValue & { readonly type: 'address' }): RawBuilder<unknown> {
  const [first, last] = [range.first, range.last].map((value) =>
    formatAddress({ family: range.family, value }),
  );
  return sql`host.ip_address BETWEEN ${first}::inet AND ${last}::inet`;
}

function isPort({ first, last, protocol }: FieldValue & { readonly type: 'port' }): RawBuilder<unknown> {
  const isNumber = first === last ? sql`port = ${first}` : sql`port BETWEEN ${first} AND ${last}`;
  return protocol === null ? isNumber : sql`${isNumber} AND protocol = ${protocol}`;
}
