import { type AddressFamily, addressBits, parseLiteral } from '#domain/addresses/address.js';
import { type AddressRange, networkRange } from '#domain/addresses/address-range.js';

const IPV4_BEGUN = /^(?<octets>(?:\d{1,3}\.){1,3})\d{0,3}$/;
const IPV6_BEGUN = /^(?<groups>(?:[0-9a-f]{1,4}:){0,7})(?::[0-9a-f:]*|[0-9a-f]{0,4})$/i;

/**
 * The addresses whose text can begin as this does, as far as its whole octets or groups tell: `198.18.1` may be any of
 * 198.18.0.0/16. Undefined for what begins no address.
 */
export function addressHead(text: string): AddressRange | undefined {
  const octets = IPV4_BEGUN.exec(text)?.groups?.['octets'];
  if (octets !== undefined) return headRange(4, octets.split('.').slice(0, -1));
  const groups = text.includes(':') ? IPV6_BEGUN.exec(text)?.groups?.['groups'] : undefined;
  return groups === undefined ? undefined : headRange(6, groups.split(':').slice(0, -1));
}

const OCTET_BEGUN = /^(?:0|[1-9]\d{0,2})$/;
const GROUP_BEGUN = /^(?:0|[1-9a-f][0-9a-f]{0,3})$/i;

/** The same where nothing may be whole yet: `19` begins 19.0.0.0/8, 190.0.0.0/7, …, and 19::/16, 190::/12 and 1900::/8. */
export function addressHeads(text: string): readonly AddressRange[] {
  const head = addressHead(text);
  if (head !== undefined) return [head];
  return [
    ...(OCTET_BEGUN.test(text) ? begunWith(4, Number(text)) : []),
    ...(GROUP_BEGUN.test(text) ? begunWith(6, Number.parseInt(text, 16)) : []),
  ];
}

/** Addresses whose first octet or group is this number, or begins with its digits. */
function begunWith(family: AddressFamily, digits: number): readonly AddressRange[] {
  const [base, parts, most] = family === 4 ? [10, 4, 255] : [16, 8, 0xff_ff];
  const partBits = addressBits(family) / parts;
  const restBits = BigInt(addressBits(family) - partBits);
  const ranges: AddressRange[] = [];
  for (let size = 1; digits * size <= most; size *= base) {
    const end = Math.min((digits + 1) * size, most + 1);
    ranges.push({
      family,
      first: BigInt(digits * size) << restBits,
      last: (BigInt(end) << restBits) - 1n,
    });
    if (digits === 0) break;
  }
  return ranges;
}

function headRange(family: AddressFamily, complete: readonly string[]): AddressRange | undefined {
  const [parts, separator] = family === 4 ? [4, '.'] : [8, ':'];
  const address = parseLiteral(
    [...complete, ...Array.from({ length: parts - complete.length }, () => '0')].join(separator),
  );
  const partBits = addressBits(family) / parts;
  return address === undefined ? undefined : networkRange(address, complete.length * partBits);
}
