import { addressBits, isMapped, parseAddress, parseLiteral, unmap } from '#domain/addresses/address.js';
import {
  type AddressRange,
  networkRange,
  parsePrefix,
  singleRange,
} from '#domain/addresses/address-range.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { clip, quote } from '#domain/text/quote.js';

/** The longest word that can be right is a host name. */
export const MAX_TARGET_CHARS = 253;
/** How many address ranges one word with octet ranges (198.18.0-3.1-10) may stand for. */
export const MAX_OCTET_RANGES = 4_096;

const MAX_LABEL_CHARS = 63;
const PREFIX_OF_MAPPED_BITS = 96;
const IPV4_EXAMPLE = 'Write four numbers of 0 to 255, such as 198.18.0.1.';
const RANGE_EXAMPLE = 'Write a range such as 198.18.0.1-40 or 198.18.0.1-198.18.2.9.';
const IPV6_EXAMPLE = 'Write an address such as fd00::1 or a range such as fd00::1-fd00::ff.';
const CIDR_EXAMPLE = 'Write a network such as 198.18.0.0/24 or fd00::/120.';
const NAME_EXAMPLE = 'Write a name of letters, digits, hyphens and dots, such as router.example.';

/** What stands before the name of a network that is stored, as in `network:office`. */
export const NETWORK_PREFIX = 'network:';

/**
 * What one word asks for: addresses; a name in lower case that is still to be resolved; or a stored network by its
 * name, as it was written.
 */
export type Target =
  | { readonly kind: 'ranges'; readonly ranges: readonly AddressRange[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'network'; readonly name: string };

/**
 * An octet or a range of them, a dot, and at the end what no domain is called: something that begins with a digit, or one
 * letter. Whoever writes 198.18.7.1x or 198.18.7.x means an address, and a resolver must not be asked for it.
 */
const ALMOST_IPV4 = /^(?:[\d-]+\.)+(?:\d[\w-]*|[a-z])$/i;

/** What no target looks like, whatever the rest of it, in the order it is looked for. */
const MISFITS: readonly { readonly found: RegExp; readonly problem: string; readonly hint: string }[] = [
  {
    found: /^$/,
    problem: 'is an empty target',
    hint: 'Write an address, range, network or name between the commas.',
  },
  {
    found: /^-/,
    problem: 'looks like an option, not a target',
    hint: 'Targets are addresses, ranges, networks and names alone.',
  },
  {
    found: /^@/,
    problem: 'names a file inside a list of targets',
    hint: 'Give @file as a word of its own on the command line.',
  },
  {
    found: /[\s\p{Cc}]/u,
    problem: 'contains white space or a control character',
    hint: 'Separate targets with commas.',
  },
  {
    found: /[^\x21-\x7e]/,
    problem: 'contains characters outside ASCII',
    hint: 'Write an international name in its xn-- form.',
  },
  { found: /:\/\//, problem: 'is a URL', hint: 'Write the host of the URL alone.' },
  {
    found: /%/,
    problem: 'names a zone after the %, and zones are not supported yet',
    hint: 'A link-local address (fe80::…) cannot be reached without its zone: give another address of that host.',
  },
  { found: /\*/, problem: 'has a wildcard', hint: CIDR_EXAMPLE },
];

/** Reads one word of the target grammar. Throws `invalid_target`. */
export function parseTarget(text: string): Target {
  if (text.length > MAX_TARGET_CHARS) {
    throw invalid(text, `is longer than the ${MAX_TARGET_CHARS} characters a target can have`, IPV4_EXAMPLE);
  }
  if (text.startsWith(NETWORK_PREFIX)) return { kind: 'network', name: networkName(text) };
  const misfit = MISFITS.find(({ found }) => found.test(text));
  if (misfit !== undefined) throw invalid(text, misfit.problem, misfit.hint);
  if (text.startsWith('[')) return { kind: 'ranges', ranges: [bracketed(text)] };
  if (text.includes('/')) return { kind: 'ranges', ranges: [network(text)] };
  if (text.includes(':')) return { kind: 'ranges', ranges: [ipv6(text)] };
  if (/^[\d.-]+$/.test(text)) return { kind: 'ranges', ranges: ipv4(text) };
  return { kind: 'name', name: hostName(text) };
}

function networkName(text: string): string {
  const name = text.slice(NETWORK_PREFIX.length).trim();
  if (name !== '') return name;
  throw invalid(
    text,
    'names no network after the colon',
    'Write network:NAME; `scanorama networks list` shows them.',
  );
}

function bracketed(text: string): AddressRange {
  const address = text.endsWith(']') ? parseLiteral(text.slice(1, -1)) : undefined;
  if (address?.family === 6) return singleRange(unmap(address));
  if (/^\[[^\]]*\]:\d+$/.test(text)) throw withPort(text);
  throw invalid(text, 'is not an IPv6 address in brackets', 'Write an address such as [::1].');
}

function network(text: string): AddressRange {
  const [base = '', prefixText = '', ...rest] = text.split('/');
  const address = parseLiteral(base);
  if (address === undefined || rest.length > 0) {
    throw invalid(text, 'is not a network: an address and a prefix length are needed', CIDR_EXAMPLE);
  }
  const prefixBits = parsePrefix(prefixText, address.family);
  if (prefixBits === undefined) {
    const problem = `has a prefix length that is not a number of 0 to ${addressBits(address.family)}`;
    throw invalid(text, problem, CIDR_EXAMPLE);
  }
  if (isMapped(address) && prefixBits >= PREFIX_OF_MAPPED_BITS) {
    return networkRange(unmap(address), prefixBits - PREFIX_OF_MAPPED_BITS);
  }
  return networkRange(address, prefixBits);
}

function ipv6(text: string): AddressRange {
  if (text.includes('-')) return fullRange(text, IPV6_EXAMPLE);
  const address = parseAddress(text);
  if (address !== undefined) return singleRange(address);
  if (/^[^:]+:\d+$/.test(text)) throw withPort(text);
  throw invalid(text, 'is not an IPv6 address', IPV6_EXAMPLE);
}

function fullRange(text: string, example: string): AddressRange {
  const [first, last, ...rest] = text.split('-').map(parseAddress);
  if (first === undefined || last === undefined || rest.length > 0) {
    throw invalid(text, 'is not a range: a whole address is needed on both sides of the hyphen', example);
  }
  if (first.family !== last.family)
    throw invalid(text, 'is a range from one address family to another', example);
  if (first.value > last.value) throw backwards(text);
  return { family: first.family, first: first.value, last: last.value };
}

function ipv4(text: string): AddressRange[] {
  const parts = text.split('.');
  // Two addresses joined by one hyphen have seven parts, the middle one being "octet-octet".
  if (parts.length === 7) return [fullRange(text, RANGE_EXAMPLE)];
  if (parts.length !== 4) throw invalid(text, 'is not an address: IPv4 has four octets', IPV4_EXAMPLE);
  return octetRanges(
    text,
    parts.map((part) => octetSpan(text, part)),
  );
}

interface OctetSpan {
  readonly first: number;
  readonly last: number;
}

function octetSpan(text: string, part: string): OctetSpan {
  const [firstText = '', lastText = firstText, ...rest] = part.split('-');
  if (rest.length > 0 || !/^\d+$/.test(firstText) || !/^\d+$/.test(lastText)) {
    throw invalid(text, 'has an octet that is neither a number nor a range of two', RANGE_EXAMPLE);
  }
  const [first, last] = [Number(firstText), Number(lastText)];
  if (first > 255 || last > 255) throw invalid(text, 'has an octet above 255', IPV4_EXAMPLE);
  if (String(first) !== firstText || String(last) !== lastText) {
    throw invalid(text, 'has an octet with a leading zero, which some programs read as octal', IPV4_EXAMPLE);
  }
  if (first > last) throw backwards(text);
  return { first, last };
}

/** The ranges that octet spans stand for; whole octets at the end are one range, not 256. */
function octetRanges(text: string, spans: readonly OctetSpan[]): AddressRange[] {
  const fullAtEnd = spans.toReversed().findIndex(({ first, last }) => first > 0 || last < 255);
  const splitAt = fullAtEnd === -1 ? 0 : spans.length - 1 - fullAtEnd;
  const before = spans.slice(0, splitAt);
  const count = before.reduce((product, { first, last }) => product * (last - first + 1), 1);
  if (count > MAX_OCTET_RANGES) {
    throw invalid(text, `stands for more than ${MAX_OCTET_RANGES} separate ranges`, CIDR_EXAMPLE);
  }
  let prefixes = [0];
  for (const { first, last } of before) {
    const octets = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    prefixes = prefixes.flatMap((prefix) => octets.map((octet) => prefix * 256 + octet));
  }
  const rest = spans.slice(splitAt);
  return prefixes.map((prefix) => ({
    family: 4,
    first: BigInt(rest.reduce((value, span) => value * 256 + span.first, prefix)),
    last: BigInt(rest.reduce((value, span) => value * 256 + span.last, prefix)),
  }));
}

function hostName(text: string): string {
  const labels = text.split('.');
  // Resolvers read a name that ends in a number as an inet_aton address: 0x7f.1 would be 127.0.0.1.
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')) {
    throw invalid(text, 'is neither an address nor a name: a name does not end in a number', IPV4_EXAMPLE);
  }
  if (ALMOST_IPV4.test(text))
    throw invalid(text, 'is neither an address nor a name: it begins like an address', IPV4_EXAMPLE);
  for (const label of labels) {
    if (label === '')
      throw invalid(text, 'is not a name: there is nothing before or after a dot', NAME_EXAMPLE);
    if (label.length > MAX_LABEL_CHARS) {
      throw invalid(text, `has a part longer than ${MAX_LABEL_CHARS} characters between dots`, NAME_EXAMPLE);
    }
    if (!/^[\w-]+$/.test(label)) throw invalid(text, 'is neither an address nor a name', NAME_EXAMPLE);
    if (/^-|-$/.test(label))
      throw invalid(text, 'has a part that starts or ends with a hyphen', NAME_EXAMPLE);
  }
  return text.toLowerCase();
}

function withPort(text: string): ScanoramaError {
  return invalid(text, 'has a port in it', 'Write the address alone and give the ports with --ports.');
}

function backwards(text: string): ScanoramaError {
  return invalid(text, 'is a range that runs backwards', RANGE_EXAMPLE);
}

function invalid(text: string, problem: string, hint: string): ScanoramaError {
  return new ScanoramaError('invalid_target', `${quote(text)} ${problem}.`, { at: clip(text), hint });
}
