import { parseAddress } from '#domain/addresses/address.js';
import type { FilterableHost, FilterablePort, FilterableValue, Operator } from '#domain/filter/field-spec.js';
import { findField } from '#domain/filter/fields.js';
import type { Comparison, Filter } from '#domain/filter/filter.js';
import { matchesAnywhere, matchesFully, matchesLabel, type TextPattern } from '#domain/filter/pattern.js';
import type { FieldValue } from '#domain/filter/value.js';

/**
 * Whether a host is what a filter asks for, looked at one by one: what the database must agree with. Spans of time end at
 * `nowMs`, milliseconds since 1970-01-01 UTC.
 */
export function matchesFilter(filter: Filter, host: FilterableHost, nowMs: number): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.parts.every((part) => matchesFilter(part, host, nowMs));
    case 'any':
      return filter.parts.some((part) => matchesFilter(part, host, nowMs));
    case 'not':
      return !matchesFilter(filter.part, host, nowMs);
    case 'term':
      return [host.address, host.hostname, host.customName].some((text) => isIn(filter.pattern, text));
    default:
      return filter.values.some((value) => holds(filter, value, { host, nowMs }));
  }
}

const isIn = (pattern: TextPattern, text: string | null) => text !== null && matchesAnywhere(pattern, text);

interface Subject {
  readonly host: FilterableHost;
  readonly nowMs: number;
}

function holds(
  { field: name, own, operator }: Comparison,
  value: FieldValue,
  { host, nowMs }: Subject,
): boolean {
  const field = findField(name);
  switch (field?.type) {
    case 'term':
      return value.type === 'term' && field.read(host).some((term) => term === value.term);
    case 'name':
    case 'label':
    case 'text': {
      if (value.type !== 'text') return false;
      const matchesText = operator === ':' ? matchesAnywhere : matchesFully;
      const matches = { name: matchesFully, label: matchesLabel, text: matchesText }[field.type];
      return field.read(host).some((text) => text !== null && matches(value.pattern, text));
    }
    case 'number':
      return value.type === 'number' && isOrdered(field.read(host), operator, value.number);
    case 'time':
      return isThen(field.read(host), operator, { value, nowMs });
    case 'address':
      return value.type === 'address' && isWithin(field.read(host), value);
    case 'own':
      return field.read(host).some((standing) => standing.name === own && isValue(standing, operator, value));
    case 'port':
      return value.type === 'port' && field.read(host).some((port) => isPort(port, value));
    default:
      return false;
  }
}

/** A flag is yes and true alike. */
function isValue({ type, value: standing }: FilterableValue, operator: Operator, value: FieldValue): boolean {
  switch (value.type) {
    case 'text':
      return [standing, ...(type === 'flag' ? [standing === 'true' ? 'yes' : 'no'] : [])].some((text) =>
        matchesFully(value.pattern, text),
      );
    case 'amount':
      return type === 'number' && isOrdered(Number(standing), operator, Number(value.amount));
    case 'day':
      return type === 'date' && isOrdered(Date.parse(standing), operator, Date.parse(value.day));
    default:
      return false;
  }
}

function isOrdered(left: number | null, operator: Operator, right: number): boolean {
  if (left === null) return false;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return left === right;
  }
}

/** With a span it is compared how long ago it was, with an instant, when. */
function isThen(
  atMs: number | null,
  operator: Operator,
  { value, nowMs }: { readonly value: FieldValue; readonly nowMs: number },
): boolean {
  if (value.type === 'age') return atMs !== null && isOrdered(nowMs - atMs, operator, value.ageMs);
  return value.type === 'time' && isOrdered(atMs, operator, value.atMs);
}

function isWithin(text: string, { range }: FieldValue & { readonly type: 'address' }): boolean {
  const address = parseAddress(text);
  if (address === undefined || address.family !== range.family) return false;
  return address.value >= range.first && address.value <= range.last;
}

function isPort({ port, protocol }: FilterablePort, value: FieldValue & { readonly type: 'port' }): boolean {
  const isProtocol = value.protocol === null || value.protocol === protocol;
  return isProtocol && port >= value.first && port <= value.last;
}
