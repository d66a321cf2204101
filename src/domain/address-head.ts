import { type AddressFamily, addressBits, parseLiteral } from '#domain/address.js';
import { type AddressRange, networkRange } from '#domain/address-range.js';

const IPV4_BEGUN = /^(?<whole>(?:\d{1,3}\.){1,3})\d{0,3}$/;
const IPV6_BEGUN = /^(?<whole>(?:[0-9a-f]{1,4}:){0,7})(?::[0-9a-f:]*|[0-9a-f]{0,4})$/i;

/**
 * The addresses whose text can begin as this does, as far as its whole octets or groups tell: `198.18.1` may be any of
 * 198.18.0.0/16. Undefined for what begins no address.
 */
export function addressHead(text: string): AddressRange | undefined {
  const octets = IPV4_BEGUN.exec(text)?.groups?.['whole'];
  if (octets !== undefined) return headRange(4, octets.split('.').slice(0, -1));
  const groups = text.includes(':') ? IPV6_BEGUN.exec(text)?.groups?.['whole'] : undefined;
  return groups === undefined ? undefined : headRange(6, groups.split(':').slice(0, -1));
}

function headRange(family: AddressFamily, whole: readonly string[]): AddressRange | undefined {
  const [parts, separator] = family === 4 ? [4, '.'] : [8, ':'];
  const address = parseLiteral(
    [...whole, ...Array.from({ length: parts - whole.length }, () => '0')].join(separator),
  );
  const partBits = addressBits(family) / parts;
  return address === undefined ? undefined : networkRange(address, whole.length * partBits);
}
