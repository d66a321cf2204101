import { addressBits, formatAddress, parseAddress, parseLiteral } from '#domain/addresses/address.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { checkGivenName } from '#domain/fields/given-name.js';
import { parseTarget } from '#domain/targets/parse-target.js';
import { clip, quote } from '#domain/text/quote.js';

const CIDR_HINT = 'Write a network such as 198.18.0.0/24 or fd00::/64.';

export interface NetworkCidr {
  readonly range: AddressRange;
  /** Canonical text with its prefix length, also for a single address: `198.18.0.5/32`. */
  readonly cidr: string;
}

/** Reads one network. Throws `invalid_target`; where host bits are set, the hint is the network that was meant. */
export function parseNetworkCidr(text: string): NetworkCidr {
  const raw = text.trim();
  const target = parseTarget(raw);
  const range = target.kind === 'ranges' ? target.ranges[0] : undefined;
  if (range === undefined || !raw.includes('/')) {
    const isAddress = range !== undefined && target.kind === 'ranges' && range.first === range.last;
    throw new ScanoramaError('invalid_target', `${quote(raw)} is not a network with a prefix length.`, {
      at: clip(raw),
      hint: isAddress ? `For this address alone write ${cidrOf(range)}.` : CIDR_HINT,
    });
  }
  const cidr = cidrOf(range);
  const [base = ''] = raw.split('/');
  const address = range.family === 4 ? parseAddress(base) : parseLiteral(base);
  if (address?.value !== range.first) {
    throw new ScanoramaError('invalid_target', `${quote(raw)} has bits set behind its prefix length.`, {
      at: clip(raw),
      hint: `The network of that address is ${cidr}.`,
      facts: { cidr },
    });
  }
  return { range, cidr };
}

/** A range that is one network, as such. */
function cidrOf(range: AddressRange): string {
  const first = formatAddress({ family: range.family, value: range.first });
  const hostBits = (range.last - range.first + 1n).toString(2).length - 1;
  return `${first}/${addressBits(range.family) - hostBits}`;
}

/** The name of a network, which is not taken for an address where targets are read. Throws `invalid_request`. */
export function checkNetworkName(text: string): string {
  const name = checkGivenName(text, 'network');
  if (isAddressText(name)) {
    throw new ScanoramaError(
      'invalid_request',
      `${quote(name)} reads like an address, so no network can be called that.`,
      {
        at: 'name',
        hint: 'Give it a name with a letter in it.',
      },
    );
  }
  return name;
}

function isAddressText(name: string): boolean {
  return /^[\d.-]+$/.test(name);
}
