import { ScanoramaError } from '#domain/errors/error.js';
import { MAX_PORT, type PortRange, PortSet } from '#domain/ports/port-set.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { portsByService } from '#domain/ports/service-name.js';
import { topPorts } from '#domain/ports/top-ports.js';
import { clip, quote } from '#domain/text/quote.js';

export { PortSet } from '#domain/ports/port-set.js';

export const DEFAULT_PORTS = 'top-1000';
/** A silent UDP port costs a timeout and its retries, so the default is short: the whole of our own ranking. */
export const DEFAULT_UDP_PORTS = 'top-80';
/** Every port set can be written in as many: each second port, of both protocols. */
export const MAX_PORT_ITEMS = 65_536;

const EXAMPLE = 'Write ports such as 22,80,8000-8100, 22/tcp, ssh or top-100.';
const PROTOCOL_OF_PREFIX: Readonly<Record<string, Protocol>> = { T: 'tcp', U: 'udp' };

/**
 * Reads a comma-separated list of ports: `80`, `8000-8100`, `-1024`, `60000-`, `-`, a service name, `top-100` or
 * `top:100`. `T:` and `U:` before an item hold until the next of them; `unprefixed`, TCP unless told, is meant before the
 * first. `/tcp` or `/udp` after an item, as results show ports, holds for that item alone.
 * Throws `invalid_ports` with `at` the offending item.
 */
export function parsePorts(text: string, unprefixed: Protocol = 'tcp'): PortSet {
  const ranges: Record<Protocol, PortRange[]> = { tcp: [], udp: [] };
  // A repeated top-1000 would cost a thousand ranges each time.
  const seen = new Set<string>();
  let protocol = unprefixed;
  const items = text.split(',', MAX_PORT_ITEMS + 1);
  if (items.length > MAX_PORT_ITEMS) {
    throw new ScanoramaError(
      'invalid_ports',
      `There are more than ${MAX_PORT_ITEMS} items in the list of ports.`,
      {
        hint: 'Write neighbouring ports as ranges.',
      },
    );
  }
  for (const item of items.map((part) => part.trim())) {
    const [prefix = '', letter = ''] = /^([TU]):\s*/i.exec(item) ?? [];
    protocol = PROTOCOL_OF_PREFIX[letter.toUpperCase()] ?? protocol;
    const [suffix = '', named] = /\/(tcp|udp)$/i.exec(item) ?? [];
    const own: Protocol = PROTOCOL_OF_PREFIX[named?.[0]?.toUpperCase() ?? ''] ?? protocol;
    const raw = item.slice(prefix.length, item.length - suffix.length);
    const key = `${own} ${raw}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (item === '') throw invalid(text, 'has an empty item', item);
    for (const range of parseItem(item, raw, own)) ranges[own].push(range);
  }
  return PortSet.of(ranges);
}

function parseItem(item: string, raw: string, protocol: Protocol): PortRange[] {
  if (raw === '') throw invalid(item, 'has a protocol and no port');
  if (/^\d+$/.test(raw)) {
    const port = portNumber(item, raw);
    return [{ first: port, last: port }];
  }
  if (/^\d*-\d*$/.test(raw)) return [portRange(item, raw)];
  const count = /^top[-:](\d+)$/i.exec(raw)?.[1];
  if (count !== undefined) return top(item, protocol, Number(count));
  if (/^[SPI]:|^[\d-]+\/\w+$/i.test(raw)) throw invalid(item, 'asks for another protocol than TCP and UDP');
  return portsOfService(item, raw, protocol);
}

function portRange(item: string, raw: string): PortRange {
  const [firstText = '', lastText = ''] = raw.split('-');
  const first = firstText === '' ? 1 : portNumber(item, firstText);
  const last = lastText === '' ? MAX_PORT : portNumber(item, lastText);
  if (first > last) throw invalid(item, 'is a range that runs backwards');
  return { first, last };
}

function portNumber(item: string, digits: string): number {
  const port = Number(digits);
  if (port > MAX_PORT) throw invalid(item, `has a port above ${MAX_PORT}`);
  if (port === 0) throw invalid(item, 'has port 0, which nothing can listen on');
  if (digits.startsWith('0')) throw invalid(item, 'has a port with a leading zero');
  return port;
}

function top(item: string, protocol: Protocol, count: number): PortRange[] {
  try {
    return topPorts(protocol, count).map((port) => ({ first: port, last: port }));
  } catch (error) {
    if (!(error instanceof ScanoramaError)) throw error;
    const { code, message, hint = EXAMPLE, facts = {} } = error;
    throw new ScanoramaError(code, message, { hint, facts, at: clip(item), cause: error });
  }
}

function portsOfService(item: string, raw: string, protocol: Protocol): PortRange[] {
  if (!/^[\w./+*-]+$/.test(raw)) throw invalid(item, 'is neither a port, a range nor a service name');
  const ports = portsByService(protocol, raw);
  if (ports.length > 0) return ports.map((port) => ({ first: port, last: port }));
  const other: Protocol = protocol === 'tcp' ? 'udp' : 'tcp';
  if (portsByService(other, raw).length === 0) throw invalid(item, 'is not a known service name');
  const prefix = other === 'tcp' ? 'T' : 'U';
  throw invalid(item, `is a service of ${other.toUpperCase()} alone, so it needs ${prefix}: before it`);
}

function invalid(shown: string, problem: string, at = shown): ScanoramaError {
  return new ScanoramaError('invalid_ports', `${quote(shown)} ${problem}.`, { at: clip(at), hint: EXAMPLE });
}
