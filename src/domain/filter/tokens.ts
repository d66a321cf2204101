import { WRITTEN_OPERATORS, type WrittenOperator } from '#domain/filter/comparison.js';
import { filterError } from '#domain/filter/error.js';
import { findField } from '#domain/filter/fields.js';
import { quote } from '#domain/text/quote.js';

/** A part of the text and where it begins, in UTF-16 units from 1. */
export interface Piece {
  readonly column: number;
  readonly text: string;
}
export const KEYWORDS = ['and', 'or', 'not'] as const;
type Keyword = (typeof KEYWORDS)[number];

/** As other languages write the keywords. As words they would look for hosts that have such a sign in a name. */
const SIGNS: ReadonlyMap<string, Keyword> = new Map([
  ['&', 'and'],
  ['&&', 'and'],
  ['|', 'or'],
  ['||', 'or'],
  ['!', 'not'],
]);

export type Token = Piece &
  (
    | { readonly kind: Keyword | 'open' | 'close' }
    /** Stands for itself; `value` is without the quotes around it. */
    | { readonly kind: 'term'; readonly value: string }
    | {
        readonly kind: 'comparison';
        readonly field: string;
        readonly operator: WrittenOperator;
        readonly operatorColumn: number;
        readonly values: readonly (Piece & { readonly value: string })[];
      }
  );

// Each is looked for at one place alone, and none can read a character in two ways: the time is that of one pass.
const SPACE = /\s+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
/** A backslash takes the next character with it, whatever that is. */
const NAME = /(?:\\.|\\(?![\s\S])|!(?!=)|[^\s()",:=<>!\\])+/sy;
const VALUE = /(?:\\.|\\(?![\s\S])|[^\s()",\\])+/sy;
const OPERATOR = /[!<>]=|[:=<>]/y;
/** Part of an IPv6 or a hardware address, which is no field and its value. */
const COLONS = /(?:[0-9a-f.*]+:|::)[0-9a-f:.*]*(?=[\s()]|$)/iy;
const TERM_END = /[\s)]|$/y;

/** Cuts the text of a filter into its tokens. Throws the error of `filterError`. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const reader = new Reader(text);
  for (reader.take(SPACE); !reader.isAtEnd; reader.take(SPACE)) tokens.push(readToken(reader));
  return tokens;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get column(): number {
    return this.#at + 1;
  }
  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }
  /** The text from a column to here. */
  since(column: number): string {
    return this.#text.slice(column - 1, this.#at);
  }
  rest(): string {
    return this.#text.slice(this.#at);
  }
  poll(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text) ?? undefined;
  }
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = this.poll(pattern);
    this.#at += match?.[0].length ?? 0;
    return match;
  }
  takeCharacter(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

function readToken(reader: Reader): Token {
  const { column } = reader;
  if (reader.takeCharacter('(')) return { kind: 'open', column, text: '(' };
  if (reader.takeCharacter(')')) return { kind: 'close', column, text: ')' };
  const token = readTerm(reader);
  if (reader.poll(TERM_END) === undefined) {
    const next = reader.rest().slice(0, 1);
    throw filterError(
      { column: reader.column, text: next },
      {
        problem: `${quote(next)} stands directly behind ${quote(token.text)}`,
        hint: 'Put a space between them, or quotes around what belongs together, as in name:"a (b)".',
      },
    );
  }
  return token;
}

function readTerm(reader: Reader): Token {
  const { column } = reader;
  const quoted = readQuoted(reader);
  if (quoted !== undefined) return { kind: 'term', column, text: reader.since(column), value: quoted };
  const [name = ''] = reader.poll(NAME) ?? [];
  if (findField(name) === undefined) {
    const address = reader.take(COLONS);
    if (address !== undefined) return { kind: 'term', column, text: address[0], value: address[0] };
  }
  reader.take(NAME);
  const operatorColumn = reader.column;
  const [operatorText] = reader.take(OPERATOR) ?? [];
  const operator = WRITTEN_OPERATORS.find((known) => known === operatorText);
  if (operator === undefined) return labelOf(reader, { column, text: name });
  if (name === '') throw nothingBefore({ column, text: operator });
  const values = readValues(reader, { column: operatorColumn, text: operator });
  return {
    kind: 'comparison',
    column,
    text: reader.since(column),
    field: name,
    operator,
    operatorColumn,
    values,
  };
}

function labelOf(reader: Reader, { column, text }: Piece): Token {
  if (text === '') {
    const next = reader.rest().slice(0, 1);
    throw filterError(
      { column, text: next },
      {
        problem: `${quote(next)} has nothing before it`,
        hint: 'A comma stands between values: port:80,443.',
      },
    );
  }
  const meant = SIGNS.get(text);
  if (meant !== undefined)
    throw filterError(
      { column, text },
      {
        problem: `${quote(text)} is no word of a filter`,
        hint: `Write ${meant} instead, or quotes around it where the sign itself is looked for.`,
      },
    );
  const keyword = KEYWORDS.find((known) => known === text.toLowerCase());
  return keyword === undefined
    ? { kind: 'term', column, text, value: text }
    : { kind: keyword, column, text };
}

function nothingBefore(piece: Piece) {
  return filterError(piece, {
    problem: `${quote(piece.text)} has no field before it`,
    hint: 'Write field, operator and value without spaces, as in status:up.',
  });
}

/** Values with commas between them; `before` is what the first one follows. */
function readValues(reader: Reader, before: Piece): readonly (Piece & { readonly value: string })[] {
  const values: (Piece & { value: string })[] = [];
  let follows = before;
  do {
    const { column } = reader;
    const value = readQuoted(reader) ?? reader.take(VALUE)?.[0];
    if (value === undefined) {
      throw filterError(follows, {
        problem: `there is no value behind ${quote(follows.text)}`,
        hint: 'Write field, operator and value without spaces, as in status:up.',
      });
    }
    values.push({ column, text: reader.since(column), value });
    follows = { column: reader.column, text: ',' };
  } while (reader.takeCharacter(','));
  return values;
}

/** What is between quotes here, its backslashes kept; undefined where no quote begins. */
function readQuoted(reader: Reader): string | undefined {
  const { column } = reader;
  const quoted = reader.take(QUOTED);
  if (quoted !== undefined) return quoted[1] ?? '';
  if (!reader.rest().startsWith('"')) return undefined;
  throw filterError(
    { column, text: reader.rest() },
    {
      problem: 'the quote that opens here is not closed',
      hint: 'End it with ", or write \\" for a quote itself.',
    },
  );
}
