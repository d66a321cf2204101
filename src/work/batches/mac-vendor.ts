import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isRandomizedMac } from '#domain/addresses/mac-kind.js';

/** Assigned prefixes, in hexadecimal digits: of 36, 28 and 24 bits. The longest one identifies the vendor. */
const PREFIX_DIGITS = [9, 7, 6] as const;

let vendors: ReadonlyMap<string, string> | undefined;

/**
 * The organization to which the block of a MAC address is assigned, by the table shipped with this program. Undefined
 * for an unassigned block and a locally administered address. The table is read at the first call, which takes some
 * 50 ms.
 */
export function vendorOfMac(mac: string): string | undefined {
  if (isRandomizedMac(mac)) return undefined;
  vendors ??= readVendors();
  const digits = mac.replaceAll(':', '').toUpperCase();
  for (const length of PREFIX_DIGITS) {
    const vendor = vendors.get(digits.slice(0, length));
    if (vendor !== undefined) return vendor;
  }
  return undefined;
}

/** Only the first line of each entry: the rest is a postal address, and five times as large. */
function readVendors(): ReadonlyMap<string, string> {
  const table: unknown = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('oui-data')), 'utf8'));
  if (typeof table !== 'object' || table === null) throw new TypeError('the table of vendors is no object');
  return new Map(
    Object.entries(table).flatMap(([prefix, text]) => {
      const [name = ''] = typeof text === 'string' ? text.split('\n') : [];
      return name === '' ? [] : [[prefix, name] as const];
    }),
  );
}
