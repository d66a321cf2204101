import type { AskQueue } from '#discover/ask-queue.js';
import type { Cell } from '#discover/cells.js';
import { type AnswerAt, judge } from '#discover/impostor.js';
import { type SweepRequest, TCP_PING_PORTS } from '#discover/sweep-request.js';
import type { Address } from '#domain/address.js';
import type { HostAnswer, HostProbe, HostResult } from '#probe/host-probe.js';
import type { ProbeFailure } from '#probe/outcome.js';
import type { PtrProbe } from '#probe/ptr.js';
import { type Impostor, NAME_ONLY, type Sighting } from '#probe/sighting.js';
import type { TcpPing, TcpPingKind } from '#probe/tcp-ping.js';
import type { Permit } from '#send/gate.js';

/** Errors of this machine that pass: the packet is sent again after a while, so many times. */
const PASSING: readonly string[] = ['ENOBUFS', 'EAGAIN', 'ENOMEM', 'EALREADY', 'EINTR', 'EMFILE', 'ENFILE'];
export const MAX_LOCAL_FAILURES = 8;
export const LOCAL_BACKOFF_MS = 50;

/** Everything about the addresses of one cell; each is in one of the four, or only of it a name is known. */
export interface SettledCell {
  /** Signs of life that are believed, and names of others. */
  readonly sightings: readonly Sighting[];
  /** How many addresses the cell has. */
  readonly size: number;
  /** How many addresses showed a sign of life. */
  readonly alive: number;
  /** Asked by every method there was, without a word. */
  readonly silent: readonly Address[];
  /** Something answered in their place, so nothing is known of them. */
  readonly disbelieved: readonly Address[];
  /** Excluded, or this machine could not ask. */
  readonly unasked: readonly Address[];
  readonly impostors: readonly Impostor[];
  /** Asked for by ARP or neighbour solicitation, and behind a router: other methods alone could ask. */
  readonly offLink: number;
  /** Failures of this machine by their code. */
  readonly failures: ReadonlyMap<string, number>;
}

type Verdict = 'open' | 'alive' | 'silent' | 'unasked';

interface HostState {
  readonly address: Address;
  verdict: Verdict;
  wasAsked: boolean;
  isDisbelieved: boolean;
  sighting: Sighting | undefined;
}

type Ask = (state: HostState, attempt: number) => Promise<HostResult>;

/** Asks the addresses of one cell by one method after the other, until each has shown itself or none is left. */
export class CellRun {
  readonly #cell: Cell;
  readonly #request: SweepRequest;
  readonly #queue: AskQueue;
  readonly #signal: AbortSignal;
  readonly #states: HostState[];
  readonly #impostors: Impostor[] = [];
  readonly #failures = new Map<string, number>();
  #offLink = 0;

  constructor(
    cell: Cell,
    request: SweepRequest,
    { queue, signal }: { queue: AskQueue; signal: AbortSignal },
  ) {
    this.#cell = cell;
    this.#request = request;
    this.#queue = queue;
    this.#signal = signal;
    this.#states = cell.addresses.map((address) => ({
      address,
      verdict: request.gate.permits(address) ? 'open' : 'unasked',
      wasAsked: false,
      isDisbelieved: false,
      sighting: undefined,
    }));
  }

  /** `undefined` when it was aborted: then nothing of the cell is settled. */
  async run(): Promise<SettledCell | undefined> {
    const { family } = this.#cell;
    const { probes } = this.#request;
    await this.#neighbours(probes.neighbour[family]);
    await this.#hosts(probes.echo[family]);
    await this.#hosts(probes.timestamp[family]);
    await this.#ports(probes.tcp[family]);
    for (const state of this.#stillOpen()) state.verdict = state.wasAsked ? 'silent' : 'unasked';
    await this.#names(probes.names);
    return this.#signal.aborted ? undefined : this.#settled();
  }

  #settled(): SettledCell {
    const of = (verdict: Verdict, isDisbelieved: boolean): Address[] =>
      this.#states
        .filter((state) => state.verdict === verdict && state.isDisbelieved === isDisbelieved)
        .map(({ address }) => address);
    return {
      sightings: this.#states.flatMap(({ sighting }) => (sighting === undefined ? [] : [sighting])),
      size: this.#states.length,
      alive: of('alive', false).length + of('alive', true).length,
      silent: of('silent', false),
      disbelieved: of('silent', true),
      unasked: of('unasked', false),
      impostors: this.#impostors,
      offLink: this.#offLink,
      failures: this.#failures,
    };
  }

  #stillOpen(): HostState[] {
    return this.#states.filter(({ verdict }) => verdict === 'open');
  }

  /**
   * A neighbour that does not answer for its address cannot be reached by any packet, so its silence settles it; but
   * one that somebody else answered for is asked on.
   */
  async #neighbours(probe: HostProbe | undefined): Promise<void> {
    if (probe === undefined) return;
    const open = this.#stillOpen();
    const onLink = open.filter(({ address }) => this.#request.probes.links.onLink(address) !== undefined);
    this.#offLink += open.length - onLink.length;
    await this.#stage(onLink, this.#hostAsk(probe));
    for (const state of onLink) {
      if (state.verdict === 'open' && state.wasAsked && !state.isDisbelieved) state.verdict = 'silent';
    }
  }

  async #hosts(probe: HostProbe | undefined): Promise<void> {
    if (probe !== undefined) await this.#stage(this.#stillOpen(), this.#hostAsk(probe));
  }

  async #ports(ping: TcpPing | undefined): Promise<void> {
    if (ping !== undefined) await this.#stage(this.#stillOpen(), this.#portAsk(ping));
  }

  async #stage(states: readonly HostState[], ask: Ask): Promise<void> {
    if (states.length === 0 || this.#signal.aborted) return;
    const answers = await Promise.all(states.map((state) => this.#askUntilAnswered(state, ask)));
    if (this.#signal.aborted) return;
    const indexed = states.map((state, at) => ({ index: this.#states.indexOf(state), answer: answers[at] }));
    const asked = indexed.filter((_, at) => states[at]?.wasAsked).map(({ index }) => index);
    const answered = indexed.filter((one): one is AnswerAt => one.answer !== undefined);
    const { impostor, believed, disbelieved } = judge(this.#cell, asked, answered);
    const isKnown = this.#impostors.some((one) => one.signature === impostor?.signature);
    if (impostor !== undefined && !isKnown) this.#impostors.push(impostor);
    for (const { index, answer } of believed) this.#believe(this.#states[index], answer);
    for (const { index } of disbelieved) {
      const state = this.#states[index];
      if (state !== undefined) state.isDisbelieved = true;
    }
  }

  #believe(state: HostState | undefined, answer: HostAnswer): void {
    if (state === undefined) return;
    const { reason, roundTripMicroseconds, mac } = answer;
    state.verdict = 'alive';
    state.sighting = {
      address: state.address,
      reason,
      roundTripMicroseconds,
      observedAtMs: this.#request.clock.now(),
      ...(mac === undefined ? {} : { mac }),
    };
  }

  async #askUntilAnswered(state: HostState, ask: Ask): Promise<HostAnswer | undefined> {
    let failures = 0;
    for (let attempt = 0; attempt <= this.#request.retries; ) {
      const result = await ask(state, attempt);
      if (this.#signal.aborted) return undefined;
      if (result === undefined) {
        state.wasAsked = true;
        attempt += 1;
      } else if (!isProbeFailure(result)) {
        state.wasAsked = true;
        return result;
      } else {
        this.#count(result.code);
        failures += 1;
        if (!PASSING.includes(result.code) || failures > MAX_LOCAL_FAILURES) return undefined;
        await sleep(LOCAL_BACKOFF_MS * failures);
      }
    }
    return undefined;
  }

  #hostAsk(probe: HostProbe): Ask {
    const { gate, timeoutMs } = this.#request;
    const options = { timeoutMs, signal: this.#signal };
    return ({ address }) =>
      this.#queue.ask<HostResult>(address, () => {
        const permit = gate.permitHost(address);
        return permit === undefined ? Promise.resolve(REFUSED) : probe.ask(permit, options);
      });
  }

  /** All ports at once; the first answer is the host's. Silence is asked again with an ACK too. */
  #portAsk(ping: TcpPing): Ask {
    const ports = this.#request.tcpPorts ?? TCP_PING_PORTS;
    return ({ address }, attempt) => {
      const kinds = ping.kinds.slice(0, attempt + 1);
      return firstAnswer(
        kinds.flatMap((kind) =>
          (kind === 'syn' ? ports : ports.slice(0, 1)).map((port) =>
            this.#askPort(ping, kind, { address, port }),
          ),
        ),
      );
    };
  }

  #askPort(ping: TcpPing, kind: TcpPingKind, { address, port }: Pick<Permit['probe'], 'address' | 'port'>) {
    const options = { timeoutMs: this.#request.timeoutMs, signal: this.#signal };
    return this.#queue.ask<HostResult>(address, () => {
      const permit = this.#request.gate.permit({ address, protocol: 'tcp', port });
      return permit === undefined ? Promise.resolve(REFUSED) : ping.ask(permit, kind, options);
    });
  }

  /** A name is asked for every address that may be asked at all, whether or not it is alive. */
  async #names(probe: PtrProbe | undefined): Promise<void> {
    if (probe === undefined || this.#signal.aborted) return;
    const permitted = this.#states.filter(({ address }) => this.#request.gate.permits(address));
    await Promise.all(permitted.map((state) => this.#name(state, probe)));
  }

  async #name(state: HostState, probe: PtrProbe): Promise<void> {
    const { gate, clock, timeoutMs, retries } = this.#request;
    const to = probe.resolver.address;
    for (let attempt = 0; attempt <= retries; attempt++) {
      const result = await this.#queue.ask(to, () => {
        const permit = gate.permitHost(to);
        const options = { timeoutMs, signal: this.#signal };
        return permit === undefined ? Promise.resolve(REFUSED) : probe.ask(permit, state.address, options);
      });
      if (result === undefined) continue;
      if ('kind' in result) this.#count(result.code);
      else if (result.names.length > 0) {
        const { roundTripMicroseconds, names } = result;
        const nameOnly = { reason: NAME_ONLY, roundTripMicroseconds, observedAtMs: clock.now() } as const;
        state.sighting = { address: state.address, ...nameOnly, ...state.sighting, names };
      }
      return;
    }
  }

  #count(code: string): void {
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
  }
}

/** The gate changed its mind while the question waited for the pace. */
const REFUSED: ProbeFailure = { kind: 'local', code: 'EXCLUDED' };

function isProbeFailure(result: HostAnswer | ProbeFailure): result is ProbeFailure {
  return 'kind' in result;
}

/** The first answer; without one the silence of any that was asked; without that a failure. */
function firstAnswer(asks: readonly Promise<HostResult>[]): Promise<HostResult> {
  const { promise, resolve, reject } = Promise.withResolvers<HostResult>();
  const answered = asks.map(async (ask) => {
    const result = await ask;
    if (result !== undefined && !isProbeFailure(result)) resolve(result);
    return result;
  });
  Promise.all(answered).then(
    (results) => resolve(results.includes(undefined) ? undefined : results[0]),
    reject,
  );
  return promise;
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
