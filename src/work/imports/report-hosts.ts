import { formatAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { observationsOf } from '#report/nmap/nmap-observations.js';
import { type ProbedPorts, probedPorts } from '#report/nmap/nmap-ports.js';
import type { NmapHost } from '#report/nmap/nmap-types.js';
import { type NmapEnding, NmapReader } from '#report/nmap/nmap-xml.js';
import { NotTakenTally, type ReportedHost } from '#report/nmap/reported-host.js';

/** Addresses of one report: what is known of each is remembered while it is read. */
export const MAX_REPORT_HOSTS = 524_288;

/** One reading of a report from its beginning to its end. */
export class ReportReading {
  readonly tally = new NotTakenTally();
  readonly #text: AsyncIterable<string>;
  readonly #nowMs: number;
  readonly #reader = new NmapReader();
  readonly #reported = new ReportedHosts();
  #probed: ProbedPorts | undefined;
  #ending: NmapEnding | undefined;

  /** `nowMs`: what was seen later is not believed. */
  constructor(text: AsyncIterable<string>, nowMs: number) {
    this.#text = text;
    this.#nowMs = nowMs;
  }

  /** Known once the hosts were all read. */
  get ending(): NmapEnding {
    if (this.#ending === undefined) throw new RangeError('the report was not read to its end');
    return this.#ending;
  }

  /** What the report asked of every host; nothing before the first host. */
  get probed(): ProbedPorts {
    return this.#probed ?? { tcp: [], udp: [] };
  }

  /** The hosts that can be taken, no port of an address twice. Throws `invalid_report`, `payload_too_large`. */
  async *hosts(): AsyncGenerator<ReportedHost, void, undefined> {
    for await (const piece of this.#text) {
      for (const host of this.#reader.write(piece)) {
        const taken = this.#take(host);
        if (taken !== undefined) yield taken;
      }
    }
    this.#ending = this.#reader.end();
  }

  #take(host: NmapHost): ReportedHost | undefined {
    const { run } = this.#reader;
    if (run === undefined) throw new RangeError('a host before its run');
    this.#probed ??= probedPorts(run.scans);
    const facts = { run, probed: this.#probed, nowMs: this.#nowMs };
    const observed = observationsOf(host, facts, this.tally);
    return observed === undefined ? undefined : this.#reported.once(observed, this.tally);
  }
}

/**
 * A report may tell of an address more than once: programs that write a host for every open port do. Open ports add
 * up; a host that stands there with its other ports stands there once.
 */
class ReportedHosts {
  readonly #hosts = new Map<string, 'complete' | Set<string>>();

  once(host: ReportedHost, tally: NotTakenTally): ReportedHost | undefined {
    const key = formatAddress(host.address);
    const reported = this.#hosts.get(key);
    const isComplete = host.covered.length > 0 || host.listed.length === 0;
    if (reported === undefined) {
      if (this.#hosts.size >= MAX_REPORT_HOSTS) throw tooManyHosts();
      this.#hosts.set(key, isComplete ? 'complete' : new Set(host.listed.map(nameOf)));
      return host;
    }
    const fresh =
      reported === 'complete' || isComplete ? [] : host.listed.filter((port) => !reported.has(nameOf(port)));
    if (reported === 'complete' || fresh.length === 0) {
      tally.add('repeated-host');
      return undefined;
    }
    for (const port of fresh) reported.add(nameOf(port));
    tally.add('repeated-port', host.listed.length - fresh.length);
    return { ...host, listed: fresh };
  }
}

function nameOf({ protocol, port }: { readonly protocol: string; readonly port: number }): string {
  return `${protocol} ${port}`;
}

function tooManyHosts(): ScanoramaError {
  return new ScanoramaError('payload_too_large', `The report tells of more than ${MAX_REPORT_HOSTS} hosts.`, {
    hint: 'Write one report for each network.',
  });
}
