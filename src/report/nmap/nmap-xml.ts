import { ScanoramaError } from '#domain/errors/error.js';
import { clip, quote } from '#domain/text/quote.js';
import { MAX_PORT_LIST_CHARACTERS, NmapHostBuilder, value } from '#report/nmap/nmap-host-builder.js';
import type { NmapFinished, NmapHost, NmapRun, NmapScanInfo, ReportFault } from '#report/nmap/nmap-types.js';
import { BoundedXml, type XmlAttributes, XmlFault } from '#report/text/bounded-xml.js';
import { instantMs, integer, optionalText } from '#report/text/clean-text.js';

/** One `<host>` from its first to its last character: all TCP and UDP ports with a service each are some 40 MB. */
export const MAX_HOST_CHARACTERS = 64 * 1_048_576;
/** nmap has one a protocol. */
const MAX_SCAN_INFOS = 16;
/** The depth of `<host>`, below `<nmaprun>`. */
const HOST_DEPTH = 2;

/** What reading a report to its end came to. */
export interface NmapEnding {
  readonly run: NmapRun;
  /** Undefined if the report does not state that the scan finished. */
  readonly finished: NmapFinished | undefined;
  /** Hosts that were complete. */
  readonly hosts: number;
  /** Why what was read is not all there is; undefined for a whole report. */
  readonly fault: ReportFault | undefined;
}

/**
 * Reads nmap's XML as a stream, from 4.x of 2008 on. `write` accepts text in pieces of any size, and hosts are returned
 * as they are complete. If the XML is broken or cut off, the host at that position and all later ones are lost, and
 * `end` reports this. Throws `invalid_report` if it is not a report of nmap, or if it declares entities.
 */
export class NmapReader {
  readonly #xml: BoundedXml;
  readonly #scans: NmapScanInfo[] = [];
  #root: Omit<NmapRun, 'scans'> | undefined;
  #host: { readonly builder: NmapHostBuilder; readonly start: number } | undefined;
  #complete: NmapHost[] = [];
  #hosts = 0;
  #finished: NmapFinished | undefined;
  #fault: ReportFault | undefined;
  /** The position at which the report states how the scan ended. */
  #finishedAt = { line: 1, column: 1 };

  constructor() {
    this.#xml = new BoundedXml({
      open: (name, attributes, depth) => this.#open(name, attributes, depth),
      close: (name, depth) => this.#close(name, depth),
      text: (text) => this.#host?.builder.text(text),
    });
  }

  /** What is known about the run so far. nmap writes it before the first host. Undefined before the report begins. */
  get run(): NmapRun | undefined {
    return this.#root === undefined ? undefined : { ...this.#root, scans: this.#scans };
  }

  /** The hosts that this piece completed. After a fault there are none any more. */
  write(text: string): readonly NmapHost[] {
    if (this.#fault === undefined) this.#guarded(() => this.#xml.write(text));
    const complete = this.#complete;
    this.#complete = [];
    return complete;
  }

  end(): NmapEnding {
    if (this.#fault === undefined) this.#guarded(() => this.#xml.end());
    const run = this.run;
    if (run === undefined) throw notNmap('It ends before it begins.', {});
    return { run, finished: this.#finished, hosts: this.#hosts, fault: this.#fault ?? this.#scannerFault() };
  }

  #guarded(read: () => void): void {
    try {
      read();
      this.#checkHostSize();
    } catch (error) {
      if (!(error instanceof XmlFault)) throw error;
      const { reason, message } = error;
      const { line, column } = this.#xml;
      if (reason === 'forbidden' || this.#root === undefined) throw notNmap(message, { line, column });
      this.#fault = { reason, message, line, column };
      this.#host = undefined;
    }
  }

  #checkHostSize(): void {
    if (this.#host === undefined || this.#xml.position - this.#host.start <= MAX_HOST_CHARACTERS) return;
    throw new XmlFault('too-large', `One host is longer than ${MAX_HOST_CHARACTERS} characters.`);
  }

  #open(name: string, attributes: XmlAttributes, depth: number): void {
    if (depth === 1) this.#openRoot(name, attributes);
    else if (this.#host !== undefined) this.#host.builder.open(name, attributes);
    else if (name === 'host' && depth === HOST_DEPTH)
      this.#host = {
        builder: new NmapHostBuilder(attributes, this.#xml.line),
        start: this.#xml.position,
      };
    else if (name === 'scaninfo') this.#addScanInfo(attributes);
    else if (name === 'finished') this.#finish(attributes);
    else if (name === 'hosts' && this.#finished !== undefined)
      this.#finished = { ...this.#finished, ...readTotals(attributes) };
  }

  #close(name: string, depth: number): void {
    if (this.#host === undefined) return;
    if (depth > HOST_DEPTH) {
      this.#host.builder.close(name);
      this.#checkHostSize();
      return;
    }
    this.#complete.push(this.#host.builder.finish());
    this.#hosts += 1;
    this.#host = undefined;
  }

  #openRoot(name: string, attributes: XmlAttributes): void {
    if (name !== 'nmaprun')
      throw new XmlFault('forbidden', `Its first element is ${quote(name)}, not "nmaprun".`);
    this.#root = {
      scanner: value(attributes['scanner']),
      version: value(attributes['version']),
      args: value(attributes['args']),
      startedAtMs: instantMs(attributes['start']),
    };
  }

  #addScanInfo(attributes: XmlAttributes): void {
    if (this.#scans.length >= MAX_SCAN_INFOS) return;
    this.#scans.push({
      type: value(attributes['type']),
      protocol: value(attributes['protocol']),
      services: optionalText(attributes['services'], MAX_PORT_LIST_CHARACTERS),
    });
  }

  #finish(attributes: XmlAttributes): void {
    this.#finished = readFinished(attributes);
    this.#finishedAt = { line: this.#xml.line, column: this.#xml.column };
  }

  /** A report may be complete although the scan was not. */
  #scannerFault(): ReportFault | undefined {
    const { exit, error } = this.#finished ?? {};
    if (exit !== 'error' && error === undefined) return undefined;
    const message = `The scanner gave up: ${clip(error ?? 'the report contains no reason')}`;
    return { reason: 'scanner-failed', message, ...this.#finishedAt };
  }
}

function readFinished(attributes: XmlAttributes): NmapFinished {
  return {
    atMs: instantMs(attributes['time']),
    exit: value(attributes['exit']),
    error: value(attributes['errormsg']),
    hostsUp: undefined,
    hostsDown: undefined,
    hostsTotal: undefined,
  };
}

function readTotals(attributes: XmlAttributes): Pick<NmapFinished, 'hostsUp' | 'hostsDown' | 'hostsTotal'> {
  return {
    hostsUp: integer(attributes['up']),
    hostsDown: integer(attributes['down']),
    hostsTotal: integer(attributes['total']),
  };
}

function notNmap(why: string, facts: { readonly line?: number; readonly column?: number }): ScanoramaError {
  return new ScanoramaError('invalid_report', `This is no report that nmap wrote as XML. ${why}`, {
    hint: 'nmap writes one with -oX FILE.',
    facts,
    ...(facts.line === undefined ? {} : { at: `line ${facts.line}, column ${facts.column}` }),
  });
}
