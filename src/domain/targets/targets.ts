import type { AddressRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { assertNotRefused } from '#domain/addresses/refused-ranges.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { parseTarget } from '#domain/targets/parse-target.js';
import { clip, quote } from '#domain/text/quote.js';

/** Bounds words after lists are split, and the address ranges they stand for. */
export const MAX_TARGET_TEXTS = 65_536;

const TOO_MANY_HINT = 'Write neighbouring addresses as ranges or networks, or start several scans.';

/** What a person asked to be scanned. */
export interface TargetList {
  readonly addresses: AddressSet;
  /** Host names still to be resolved: lower case, each once, in the order given. */
  readonly names: readonly string[];
  /** Names of stored networks, from `network:NAME`: each once, in the order given. */
  readonly networks: readonly string[];
}

/**
 * Reads addresses, ranges, networks, host names and names of stored networks; a word may be a comma-separated list. Nothing is expanded:
 * fd00::/8 costs as much as ::1. Throws `invalid_target`, or `target_refused` for ranges that are nobody's to scan.
 */
export function parseTargets(texts: readonly string[]): TargetList {
  const ranges = new RangeBuilder();
  const names = new Set<string>();
  const networks = new Set<string>();
  for (const raw of splitLists(texts)) {
    const target = parseTarget(raw);
    if (target.kind === 'name') {
      names.add(target.name);
    } else if (target.kind === 'network') {
      networks.add(target.name);
    } else {
      assertNotRefused(target.ranges, raw);
      ranges.add(target.ranges);
    }
  }
  return { addresses: ranges.toSet(), names: [...names], networks: [...networks] };
}

/** The same grammar without names, and ranges that are refused as targets may be excluded. Throws `invalid_target`. */
export function parseExclusions(texts: readonly string[]): AddressSet {
  const ranges = new RangeBuilder();
  for (const raw of splitLists(texts)) {
    const target = parseTarget(raw);
    if (target.kind !== 'ranges') throw notAddresses(raw);
    ranges.add(target.ranges);
  }
  return ranges.toSet();
}

/** The one range that a word stands for, which is not a name. Throws `invalid_target`. */
export function parseOneRange(raw: string): AddressRange {
  const target = parseTarget(raw.trim());
  if (target.kind !== 'ranges') throw notAddresses(raw);
  const [range, ...others] = AddressSet.of(target.ranges).ranges;
  if (range === undefined || others.length > 0) {
    throw new ScanoramaError('invalid_target', `${quote(raw)} stands for more than one range of addresses.`, {
      at: clip(raw),
      hint: 'Give them one at a time.',
    });
  }
  return range;
}

function notAddresses(raw: string): ScanoramaError {
  return new ScanoramaError(
    'invalid_target',
    `${quote(raw)} is a name, and only addresses can be excluded.`,
    {
      at: clip(raw),
      hint: 'Resolve the name first and exclude its addresses.',
    },
  );
}

/**
 * The words of a target file or of standard input: separated by white space or commas, `#` starts a comment.
 * Throws `file_unreadable` for what is not text, `invalid_target` past MAX_TARGET_TEXTS.
 */
export function parseTargetFile(text: string): string[] {
  const nul = text.indexOf('\0');
  if (nul !== -1) {
    throw new ScanoramaError(
      'file_unreadable',
      'The target list is not a text file: it contains NUL characters.',
      {
        at: `character ${nul + 1}`,
        hint: 'Save it as UTF-8 text, one target a line.',
      },
    );
  }
  const texts: string[] = [];
  // White space includes a byte order mark.
  for (const [raw] of text.replaceAll(/#[^\r\n]*/g, '').matchAll(/[^\s,]+/g)) {
    texts.push(raw);
    assertFew(texts.length, raw);
  }
  return texts;
}

class RangeBuilder {
  readonly #ranges: AddressRange[] = [];

  add(ranges: readonly AddressRange[]): void {
    this.#ranges.push(...ranges);
    if (this.#ranges.length > MAX_TARGET_TEXTS) {
      throw new ScanoramaError(
        'invalid_target',
        `The list stands for more than ${MAX_TARGET_TEXTS} address ranges.`,
        {
          hint: TOO_MANY_HINT,
        },
      );
    }
  }

  toSet(): AddressSet {
    return AddressSet.of(this.#ranges);
  }
}

function* splitLists(texts: readonly string[]): Generator<string> {
  let count = 0;
  for (const list of texts) {
    for (const raw of list.split(',', MAX_TARGET_TEXTS + 1)) {
      assertFew(++count, raw);
      yield raw.trim();
    }
  }
}

function assertFew(count: number, raw: string): void {
  if (count <= MAX_TARGET_TEXTS) return;
  throw new ScanoramaError('invalid_target', `There are more than ${MAX_TARGET_TEXTS} targets.`, {
    at: clip(raw),
    hint: TOO_MANY_HINT,
  });
}
