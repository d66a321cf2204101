import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';

/**
 * Where the name comes from that a host is shown by. The first of these that there is wins: what a person called it, then
 * the name that was found last, by whichever source, then its address.
 */
export const NAME_SOURCES = ['custom', 'ptr', 'report', 'address'] as const;
export type NameSource = (typeof NAME_SOURCES)[number];

export const MAX_HOST_NAME_CHARACTERS = 255;

/** Who found a name, by the reason that is stored with it: the DNS asked for the address, or a report of another program. */
export function foundBy(reason: string | null): NameSource {
  return reason === 'PTR' ? 'ptr' : 'report';
}

export interface ShownName {
  readonly name: string;
  readonly source: NameSource;
}

export function shownName(known: {
  readonly customName: string | null;
  readonly hostname: string | null;
  readonly hostnameReason: string | null;
  readonly address: string;
}): ShownName {
  if (known.customName !== null) return { name: known.customName, source: 'custom' };
  if (known.hostname !== null) return { name: known.hostname, source: foundBy(known.hostnameReason) };
  return { name: known.address, source: 'address' };
}

/** A name that a person gives a host, on one line. Throws `invalid_request`. */
export function checkHostName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= MAX_HOST_NAME_CHARACTERS && !/\p{Cc}/u.test(name)) return name;
  throw new ScanoramaError('invalid_request', `${quote(text)} cannot be the name of a host.`, {
    at: 'custom_name',
    hint: `A name is one line of 1 to ${MAX_HOST_NAME_CHARACTERS} characters.`,
  });
}
