import type { Cell } from '#discovery/cells.js';
import type { AddressVerdict, CompletedCell } from '#discovery/completed-cell.js';
import { type AnswerAt, judge } from '#discovery/impostors.js';
import {
  EXCLUDED,
  hostProbe,
  type Probe,
  type Probing,
  portProbe,
  probeUntilAnswered,
  queryNames,
} from '#discovery/probe-attempts.js';
import type { Address } from '#domain/addresses/address.js';
import { NAMES_LACK, NO_NEIGHBOR } from '#domain/scans/warning.js';
import type { HostAnswer, HostProbe } from '#net/probe/hosts/host-probe.js';
import {
  type HostResponse,
  type Impostor,
  type MissingMethod,
  NAME_ONLY,
} from '#net/probe/hosts/host-response.js';
import type { NamesResult, PtrProbe } from '#net/probe/hosts/ptr.js';
import type { TcpPing } from '#net/probe/hosts/tcp-ping.js';

type Verdict = 'open' | 'alive' | 'unresponsive' | 'unprobed';

interface HostState {
  readonly address: Address;
  verdict: Verdict;
  /** By at least one method, with every retry. */
  wasProbed: boolean;
  /** At least one method could not probe it from this machine. */
  hasFailed: boolean;
  isDisbelieved: boolean;
  /** Error code that kept it from being probed; undefined for one that was excluded from the start. */
  lack: string | undefined;
  /** Error code of its reverse lookup, where one was requested and the resolver gave no answer. */
  nameLack: string | undefined;
  sent: number;
  observation: HostResponse | undefined;
}

/** Probes the addresses of one cell by one method after the other, until each has responded or no method is left. */
export class CellRun {
  readonly #cell: Cell;
  readonly #probing: Probing;
  readonly #states: HostState[];
  readonly #impostors: Impostor[] = [];
  readonly #failures = new Map<string, number>();
  readonly #beganAtMs: number;
  #offLink = 0;
  #namesWanted = 0;
  #namesAnswered = 0;

  constructor(cell: Cell, probing: Probing) {
    this.#cell = cell;
    this.#probing = probing;
    this.#beganAtMs = probing.request.clock.now();
    this.#states = cell.addresses.map((address) => ({
      address,
      verdict: probing.request.gate.permits(address) ? 'open' : 'unprobed',
      wasProbed: false,
      hasFailed: false,
      isDisbelieved: false,
      lack: undefined,
      nameLack: undefined,
      sent: 0,
      observation: undefined,
    }));
  }

  /** `undefined` when it was aborted: then no address of the cell is complete. */
  async run(): Promise<CompletedCell | undefined> {
    const { family } = this.#cell;
    const { probes } = this.#probing.request;
    await this.#neighbors(probes.neighbor[family]);
    await this.#hosts(probes.echo[family]);
    await this.#hosts(probes.timestamp[family]);
    await this.#ports(probes.tcp[family]);
    for (const state of this.#stillOpen()) {
      state.verdict = state.wasProbed && !state.hasFailed ? 'unresponsive' : 'unprobed';
    }
    await this.#names(probes.names);
    return this.#probing.signal.aborted ? undefined : this.#completed();
  }

  #completed(): CompletedCell {
    const addresses = this.#states.map((state) => ({ ...state, verdict: verdictOf(state) }));
    return {
      addresses,
      first: this.#cell.first,
      beganAtMs: this.#beganAtMs,
      completedAtMs: this.#probing.request.clock.now(),
      impostors: this.#impostors,
      lacks: this.#lacks(),
      names: { wanted: this.#namesWanted, answered: this.#namesAnswered },
      offLink: this.#offLink,
      failures: this.#failures,
    };
  }

  #stillOpen(): HostState[] {
    return this.#states.filter(({ verdict }) => verdict === 'open');
  }

  /**
   * An on-link address without an ARP or NDP response cannot be reached by any packet, so it is unresponsive; but one
   * that an impostor answered for is probed by the other methods too.
   */
  async #neighbors(probe: HostProbe | undefined): Promise<void> {
    if (probe === undefined) return;
    const open = this.#stillOpen();
    const onLink = open.filter(
      ({ address }) => this.#probing.request.probes.links.onLink(address) !== undefined,
    );
    this.#offLink += open.length - onLink.length;
    for (const state of open) if (!onLink.includes(state)) state.lack = NO_NEIGHBOR;
    await this.#stage(onLink, hostProbe(probe, this.#probing));
    for (const state of onLink) {
      if (state.verdict === 'open' && state.wasProbed && !state.hasFailed && !state.isDisbelieved)
        state.verdict = 'unresponsive';
    }
  }

  async #hosts(probe: HostProbe | undefined): Promise<void> {
    if (probe !== undefined) await this.#stage(this.#stillOpen(), hostProbe(probe, this.#probing));
  }

  async #ports(ping: TcpPing | undefined): Promise<void> {
    if (ping !== undefined) await this.#stage(this.#stillOpen(), portProbe(ping, this.#probing));
  }

  async #stage(states: readonly HostState[], sendProbe: Probe): Promise<void> {
    if (states.length === 0 || this.#probing.signal.aborted) return;
    const answers = await Promise.all(states.map((state) => this.#sendProbe(state, sendProbe)));
    if (this.#probing.signal.aborted) return;
    const probed = answers.filter(({ isComplete }) => isComplete).map(({ index }) => index);
    const answered = answers.filter((one): one is typeof one & AnswerAt => one.answer !== undefined);
    const { impostor, disbelieved } = judge(this.#cell, probed, answered);
    const isKnown = this.#impostors.some((one) => one.signature === impostor?.signature);
    if (impostor !== undefined && !isKnown) this.#impostors.push(impostor);
    const impostorIndexes = new Set(disbelieved.map(({ index }) => index));
    for (const one of answered) {
      const state = this.#states[one.index];
      if (state === undefined) continue;
      if (impostorIndexes.has(one.index)) state.isDisbelieved = true;
      else believe(state, one.answer, one.atMs);
    }
  }

  async #sendProbe(state: HostState, sendProbe: Probe) {
    const probed = await probeUntilAnswered(sendProbe, state.address, this.#probing);
    const { answered, isComplete, failures, sent } = probed;
    for (const code of failures) this.#count(code);
    state.wasProbed ||= isComplete;
    state.hasFailed ||= !isComplete;
    state.sent += sent;
    if (!isComplete) state.lack = failures.at(-1) ?? state.lack;
    const index = this.#states.indexOf(state);
    return { index, isComplete, answer: answered?.answer, atMs: answered?.atMs ?? 0 };
  }

  /** Looks up the name of every permitted address, whether or not it is alive. */
  async #names(probe: PtrProbe | undefined): Promise<void> {
    if (probe === undefined || this.#probing.signal.aborted) return;
    const permitted = this.#states.filter(({ address }) => this.#probing.request.gate.permits(address));
    this.#namesWanted = permitted.length;
    await Promise.all(permitted.map((state) => this.#name(state, probe)));
  }

  async #name(state: HostState, probe: PtrProbe): Promise<void> {
    const { clock, retries } = this.#probing.request;
    const onSent = (packets: number): void => {
      state.sent += packets;
    };
    for (let attempt = 0; attempt <= retries; attempt++) {
      const result = await queryNames(probe, state.address, { ...this.#probing, onSent });
      state.nameLack = nameLackOf(result);
      if (result === undefined) continue;
      if (!('kind' in result)) this.#namesAnswered += 1;
      if ('kind' in result) this.#count(result.code);
      else if (result.names.length > 0) {
        const { roundTripMicroseconds, names } = result;
        const nameOnly = { reason: NAME_ONLY, roundTripMicroseconds, observedAtMs: clock.now() } as const;
        state.observation = { address: state.address, ...nameOnly, ...state.observation, names };
      }
      return;
    }
  }

  /** Of addresses that are not excluded: a range from the first to the last address for each reason. */
  #lacks(): MissingMethod[] {
    const unprobed = this.#states.filter((state) => verdictOf(state) === 'unprobed');
    return [...lacksOf(unprobed, ({ lack }) => lack), ...lacksOf(this.#states, ({ nameLack }) => nameLack)];
  }

  #count(code: string): void {
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
  }
}

function lacksOf(
  states: readonly HostState[],
  codeOf: (state: HostState) => string | undefined,
): MissingMethod[] {
  return [...Map.groupBy(states, codeOf)].flatMap(([code, lacking]) => {
    const [first, last] = [lacking[0], lacking.at(-1)];
    if (first === undefined || last === undefined || code === undefined || code === EXCLUDED) return [];
    const { family, value } = first.address;
    return [{ code, range: { family, first: value, last: last.address.value } }];
  });
}

function nameLackOf(result: NamesResult): string | undefined {
  if (result === undefined) return `${NAMES_LACK}UNANSWERED`;
  if ('kind' in result) return `${NAMES_LACK}${result.code}`;
  return result.isRefused ? `${NAMES_LACK}REFUSED` : undefined;
}

function verdictOf({ verdict, isDisbelieved }: HostState): AddressVerdict {
  if (verdict === 'alive') return 'alive';
  if (isDisbelieved) return 'disbelieved';
  return verdict === 'unresponsive' ? 'unresponsive' : 'unprobed';
}

function believe(state: HostState, answer: HostAnswer, observedAtMs: number): void {
  const { reason, roundTripMicroseconds, mac } = answer;
  const { address } = state;
  state.verdict = 'alive';
  state.observation = {
    address,
    reason,
    roundTripMicroseconds,
    observedAtMs,
    ...(mac === undefined ? {} : { mac }),
  };
}
