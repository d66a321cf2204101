import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { ReportFaultReason } from '#report/nmap/nmap-types.js';

/** How deep elements may stand inside each other; a report of nmap needs a dozen. */
export const MAX_DEPTH = 64;
/** One tag with its attributes, one text, one comment: the list of all ports at random is 0.4 MB. */
export const MAX_TOKEN_CHARACTERS = 8 * 1_048_576;
export const MAX_ATTRIBUTES = 128;
/** The parser is fed so much at a time, so that a bound is noticed before a whole large chunk is read. */
const PIECE_CHARACTERS = 65_536;

export type XmlAttributes = Readonly<Record<string, string>>;

export interface XmlHandlers {
  /** An element begins; `depth` is 1 for the root. May throw, which ends the reading. */
  open(name: string, attributes: XmlAttributes, depth: number): void;
  close(name: string, depth: number): void;
  text(text: string): void;
}

/** Why reading stopped before the end. Used only within this module. */
export class XmlFault extends Error {
  override readonly name = 'XmlFault';
  readonly reason: ReportFaultReason | 'forbidden';

  constructor(reason: ReportFaultReason | 'forbidden', message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * nmap writes control characters that it met as references XML does not allow (`&#x1b;`), and some tools write them
 * raw. The parser keeps either as text after complaining; nothing else depends on them.
 */
const TOLERATED = /: (malformed character entity|disallowed character)\.$/;

/**
 * XML as a stream, within bounds: no entities but the five of XML itself, nothing fetched, no document type with
 * declarations of its own. Every fault is an `XmlFault`, after which no more may be written.
 */
export class BoundedXml {
  readonly #parser = new SaxesParser({ xmlns: false });
  readonly #handlers: XmlHandlers;
  #depth = 0;
  #attributes = 0;
  #tokenStart = 0;

  constructor(handlers: XmlHandlers) {
    this.#handlers = handlers;
    const parser = this.#parser;
    parser.on('error', (error) => this.#fail(error));
    parser.on('doctype', (doctype) => this.#checkDoctype(doctype));
    parser.on('opentagstart', () => {
      this.#attributes = 0;
      this.#mark();
    });
    parser.on('attribute', () => {
      this.#attributes += 1;
      if (this.#attributes > MAX_ATTRIBUTES)
        throw new XmlFault('too-large', `An element has more than ${MAX_ATTRIBUTES} attributes.`);
    });
    parser.on('opentag', (tag) => this.#open(tag));
    parser.on('closetag', (tag) => this.#close(tag));
    parser.on('text', (text) => {
      this.#mark();
      this.#handlers.text(text);
    });
    parser.on('cdata', (text) => {
      this.#mark();
      this.#handlers.text(text);
    });
    for (const token of ['comment', 'processinginstruction', 'xmldecl'] as const)
      parser.on(token, () => this.#mark());
  }

  /** Counted from 1. */
  get line(): number {
    return this.#parser.line;
  }

  /** Counted from 1. */
  get column(): number {
    return this.#parser.column + 1;
  }

  /** Characters read. */
  get position(): number {
    return this.#parser.position;
  }

  write(text: string): void {
    for (let first = 0; first < text.length; first += PIECE_CHARACTERS) {
      this.#parser.write(text.slice(first, first + PIECE_CHARACTERS));
      if (this.#parser.position - this.#tokenStart > MAX_TOKEN_CHARACTERS)
        throw new XmlFault('too-large', `One tag or text is longer than ${MAX_TOKEN_CHARACTERS} characters.`);
    }
  }

  /** Throws when something is still open. */
  end(): void {
    this.#parser.close();
  }

  #mark(): void {
    this.#tokenStart = this.#parser.position;
  }

  #open({ name, attributes }: SaxesTagPlain): void {
    this.#mark();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new XmlFault('too-large', `Elements stand more than ${MAX_DEPTH} deep in each other.`);
    this.#handlers.open(name, attributes, this.#depth);
  }

  #close({ name }: SaxesTagPlain): void {
    this.#mark();
    this.#handlers.close(name, this.#depth);
    this.#depth -= 1;
  }

  #checkDoctype(doctype: string): void {
    this.#mark();
    // A name and perhaps the address of a document type, which is never fetched; nothing may be declared here.
    if (!doctype.includes('[')) return;
    throw new XmlFault('forbidden', 'The document declares entities or elements of its own.');
  }

  #fail(error: Error): void {
    if (TOLERATED.test(error.message)) return;
    // The parser begins its sentence with line and column.
    const sentence = error.message.replace(/^\d+:\d+: /, '');
    const isOpen = /^(unclosed tag|unexpected end)/.test(sentence);
    throw new XmlFault(isOpen ? 'truncated' : 'malformed', `The XML is broken: ${sentence}`);
  }
}
