import { isIP } from 'node:net';
import { usage } from '#cli/arguments/usage.js';
import { isUid } from '#domain/errors/uid.js';
import { clip, quote } from '#domain/text/quote.js';

const HOUR_MS = 3_600_000;
const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
  w: 7 * 24 * HOUR_MS,
};
const MAX_DURATION_MS = 3_650 * 24 * HOUR_MS;
const MAX_PORT = 65_535;

/** A whole number from 1 on, up to `max`; undefined stays undefined. Throws `usage` naming the flag. */
export function countOf(flag: string, text: string | undefined, max?: number): number | undefined {
  return text === undefined ? undefined : fullFrom(flag, text, { min: 1, max });
}

/** A whole number from 0 on, up to `max`. Throws `usage` naming the flag. */
export function integerOf(flag: string, text: string, max?: number): number {
  return fullFrom(flag, text, { min: 0, max });
}

interface Span {
  readonly min: number;
  readonly max: number | undefined;
}

function fullFrom(flag: string, text: string, { min, max }: Span): number {
  const complete = Number(text);
  if (/^\d{1,15}$/.test(text) && complete >= min && complete <= (max ?? complete)) return complete;
  const span = `from ${min} ${max === undefined ? 'on' : `to ${max}`}`;
  throw usage(`The value of --${flag} must be a whole number ${span}, not ${quote(text)}.`, {
    at: clip(text),
  });
}

/** A port from 0 to 65535; undefined stays undefined. Throws `usage` naming the flag. */
export function portOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw usage(`The value of --${flag} must be a port from 0 to ${MAX_PORT}, not ${quote(text)}.`, {
    at: clip(text),
  });
}

/** Packets per second, or `max` for no limit. */
export function rateOf(flag: string, text: string | undefined): number | 'max' | undefined {
  if (text === 'max') return 'max';
  if (text !== undefined && !/^\d{1,15}$/.test(text)) {
    throw usage(
      `The value of --${flag} must be packets per second as a whole number, or max, not ${quote(text)}.`,
      { at: clip(text) },
    );
  }
  return countOf(flag, text);
}

/** One of some words; undefined stays undefined. Throws `usage` naming the flag. */
export function oneOf<Arg extends string>(flag: string, text: string, args: readonly Arg[]): Arg;
export function oneOf<Arg extends string>(
  flag: string,
  text: string | undefined,
  args: readonly Arg[],
): Arg | undefined;
export function oneOf<Arg extends string>(
  flag: string,
  text: string | undefined,
  args: readonly Arg[],
): Arg | undefined {
  if (text === undefined) return undefined;
  const arg = args.find((candidate) => candidate === text);
  if (arg === undefined) {
    throw usage(`The value of --${flag} must be one of ${args.join(', ')}, not ${quote(text)}.`, {
      at: clip(text),
    });
  }
  return arg;
}

/** A span such as `30s`, `10m`, `12h`, `30d` or `2w`, in milliseconds; at most ten years. */
export function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,9})([a-z])$/.exec(text);
  const unitMs = DURATION_UNITS_MS[match?.[2] ?? ''];
  const durationMs = Number(match?.[1] ?? 0) * (unitMs ?? 0);
  if (durationMs === 0) {
    throw usage(
      `The value of --${flag} must be a span such as 30s, 10m, 12h, 30d or 2w, not ${quote(text)}.`,
      {
        at: clip(text),
      },
    );
  }
  if (durationMs > MAX_DURATION_MS) {
    throw usage(`The value of --${flag} is ${quote(text)}, and the longest span is ten years (3650d).`, {
      at: clip(text),
    });
  }
  return durationMs;
}

/** The id of a stored thing; `listedBy` is the verb that shows such ids. */
export function uidOf(noun: string, text: string, listedBy: string): string {
  if (isUid(text)) return text.toLowerCase();
  throw usage(`${quote(text)} is not the id of ${noun}.`, {
    hint: `\`scanorama ${listedBy}\` shows the ids.`,
    at: clip(text),
  });
}

/** The entries of comma lists, in their order; an empty entry is a slip of the pen. */
export function commaListOf(flag: string, texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    text.split(',').map((entry) => {
      const trimmed = entry.trim();
      if (trimmed === '')
        throw usage(`The list of --${flag} has an empty entry: ${quote(text)}.`, { at: clip(text) });
      return trimmed;
    }),
  );
}

/** `host:port`, `[IPv6]:port` or a bare port; answered as it was written. Port 0 takes any that is free. */
export function listenOf(text: string, flag = 'listen'): string {
  const match = /^(?:(?<host>\[[^\]]*\]|[^:[\]]*):)?(?<port>\d{1,5})$/.exec(text);
  const { host, port } = match?.groups ?? {};
  if (port === undefined || Number(port) > MAX_PORT || !isListenHost(host)) {
    throw usage(`The value of --${flag} must be HOST:PORT or PORT, not ${quote(text)}.`, {
      hint: 'Like 8080, 127.0.0.1:8080 or [::1]:8080.',
      at: clip(text),
    });
  }
  return text;
}

function isListenHost(host: string | undefined): boolean {
  if (host === undefined) return true;
  if (host.startsWith('[')) return isIP(host.slice(1, -1)) === 6;
  if (/^[\d.]+$/.test(host)) return isIP(host) === 4;
  return host.length <= 253 && /^(?!-)[a-z\d-]+(?:\.[a-z\d-]+)*$/i.test(host);
}
