/** The longest pause between two UDP probes of one host: Linux sends one ICMP error a second by default. */
export const MAX_UDP_PAUSE_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LENGTHEN = 2;
const SHORTEN = 0.9;
/** Silent probes of a host that limits its errors are asked so often more than others. */
export const EXTRA_ATTEMPTS = 6;
/** More than one silence for so many errors is more than what gets lost on the way. */
const ERRORS_PER_PAUSE = 8;
/** Once so long on trial, a limited host would have an error to give. */
const TRIAL_MS = 1_100;
/** So many that it did not give, one after the other, and its silence is taken for what it is. */
const SILENCES_ON_TRIAL = 3;

const OPEN = 0;
const TRIAL = 1;
const LIMITED = 2;
const UNRESPONSIVE = 3;

/**
 * Hosts answer closed UDP ports with ICMP errors, and only so many a second: faster probes of a closed port look
 * like open|filtered. A host that sends such errors, and is silent more often than packets get lost, is tried: asked
 * more slowly for a while. One that then answers where it was silent is asked ever more slowly, and a little faster again
 * with each error that comes.
 *
 *     open ──(silences)──> trial ──(an error where it was silent)──> limited     pause 100 ms … 1 s, × 0.9 with each error
 *                            └──(silent all the same)──> silent
 *     any ──(an error where it was silent before)──> limited
 *
 * Addresses of one machine share its limit, and are asked as one: with a limit each, three of them took its errors from
 * each other, and half of their closed ports stayed open|filtered.
 */
export class UnreachableLimit {
  readonly #pausesMs: Float64Array;
  readonly #nextMs: Float64Array;
  readonly #lengthenedAtMs: Float64Array;
  readonly #states: Uint8Array;
  readonly #errors: Float64Array;
  readonly #silences: Float64Array;
  /** Of each host: the first known to be the same machine, itself if there is none. */
  readonly #machines: Int32Array;
  readonly #byHardware = new Map<string, number>();

  constructor(hostCount: number) {
    this.#pausesMs = new Float64Array(hostCount);
    this.#nextMs = new Float64Array(hostCount);
    this.#lengthenedAtMs = new Float64Array(hostCount).fill(Number.NEGATIVE_INFINITY);
    this.#states = new Uint8Array(hostCount);
    this.#errors = new Float64Array(hostCount);
    this.#silences = new Float64Array(hostCount);
    this.#machines = Int32Array.from({ length: hostCount }, (_, host) => host);
  }

  /** The host is the machine with this hardware address, and not somewhere behind it. */
  isAt(host: number, hardware: Uint8Array): void {
    const key = hardware.join(':');
    const known = this.#byHardware.get(key);
    if (known === undefined) this.#byHardware.set(key, host);
    else this.#machines[host] = known;
  }

  isLimiting(host: number): boolean {
    return (this.#pausesMs[this.#machineOf(host)] ?? 0) > 0;
  }

  /** When the host may be asked; undefined, and it counts as asked, when that is now. */
  take(host: number, nowMs: number): number | undefined {
    const machine = this.#machineOf(host);
    const pauseMs = this.#pausesMs[machine] ?? 0;
    if (pauseMs === 0) return undefined;
    const nextMs = this.#nextMs[machine] ?? 0;
    if (nowMs < nextMs) return nextMs;
    this.#nextMs[machine] = nowMs + pauseMs;
    return undefined;
  }

  /** The host called a port unreachable; late: not when it was asked first. */
  answered(host: number, isLate: boolean): void {
    const machine = this.#machineOf(host);
    this.#errors[machine] = (this.#errors[machine] ?? 0) + 1;
    if (isLate) this.#states[machine] = LIMITED;
    // What it gave for another port it could not give again.
    if (this.#states[machine] === TRIAL) this.#silences[machine] = 0;
    if (this.#states[machine] === LIMITED) this.#pausesMs[machine] = (this.#pausesMs[machine] ?? 0) * SHORTEN;
  }

  /** A probe sent at `sentAtMs` was not answered; what was sent before the latest change says nothing new. */
  unresponsive(host: number, sentAtMs: number, nowMs: number): void {
    const machine = this.#machineOf(host);
    const state = this.#states[machine] ?? OPEN;
    if (state === OPEN) this.#unresponsiveWhileOpen(machine, nowMs);
    else if (state === TRIAL) this.#unresponsiveOnTrial(machine, sentAtMs);
    else if (state === LIMITED && sentAtMs >= (this.#lengthenedAtMs[machine] ?? 0)) {
      const pauseMs = this.#pausesMs[machine] ?? 0;
      this.#pause(machine, Math.max(FIRST_PAUSE_MS, pauseMs * LENGTHEN), nowMs);
    }
  }

  #unresponsiveWhileOpen(machine: number, nowMs: number): void {
    const errors = this.#errors[machine] ?? 0;
    if (errors === 0) return;
    const silences = (this.#silences[machine] ?? 0) + 1;
    this.#silences[machine] = silences;
    if (silences * ERRORS_PER_PAUSE <= errors) return;
    this.#states[machine] = TRIAL;
    this.#silences[machine] = 0;
    this.#pause(machine, FIRST_PAUSE_MS, nowMs);
  }

  #unresponsiveOnTrial(machine: number, sentAtMs: number): void {
    if (sentAtMs < (this.#lengthenedAtMs[machine] ?? 0) + TRIAL_MS) return;
    const silences = (this.#silences[machine] ?? 0) + 1;
    this.#silences[machine] = silences;
    if (silences < SILENCES_ON_TRIAL) return;
    this.#states[machine] = UNRESPONSIVE;
    this.#pausesMs[machine] = 0;
  }

  #pause(machine: number, pauseMs: number, nowMs: number): void {
    this.#pausesMs[machine] = Math.min(MAX_UDP_PAUSE_MS, pauseMs);
    this.#lengthenedAtMs[machine] = nowMs;
  }

  #machineOf(host: number): number {
    return this.#machines[host] ?? host;
  }
}
