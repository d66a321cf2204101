import { MAX_CERTIFICATE_NAME_CHARACTERS, MAX_CERTIFICATE_NAMES } from '#domain/enrichment/certificate.js';

export interface AlternativeNames {
  readonly names: readonly string[];
  readonly namesLeftOut: number;
}

/** Node joins names by commas and quotes ambiguous ones as JSON strings. */
const NAME = /^([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/;

/** Reads `X509Certificate.subjectAltName`. Text that cannot be parsed counts as one omitted name. */
export function readAlternativeNames(text: string | undefined): AlternativeNames {
  const names: string[] = [];
  let namesLeftOut = 0;
  for (let rest = text ?? ''; rest !== ''; ) {
    const match = NAME.exec(rest);
    if (match === null) return { names, namesLeftOut: namesLeftOut + 1 };
    const [complete, kind = '', value = ''] = match;
    rest = rest.slice(complete.length);
    const name = `${kind === 'IP Address' ? 'IP' : kind}:${unquoted(value)}`;
    if (names.length < MAX_CERTIFICATE_NAMES && name.length <= MAX_CERTIFICATE_NAME_CHARACTERS)
      names.push(storable(name));
    else namesLeftOut += 1;
  }
  return { names, namesLeftOut };
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' ? parsed : value;
  } catch {
    return value;
  }
}

/** Replaces control characters, which a terminal would interpret, and lone surrogates, which PostgreSQL refuses. */
export function storable(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}/gu, '\u{fffd}');
}
