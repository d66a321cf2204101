/** However lossy the path, a silent position is asked so often at most. */
export const MAX_PROBE_ATTEMPTS = 8;
/** The share of answering positions that may be taken for silent. */
export const MISSED_SHARE = 1e-4;
/** Answers remembered: old ones count half each time so many have come, so that a path may change. */
const REMEMBERED_ANSWERS = 20_000;
/** Answers before which nothing is said of loss: of one that came late, half or all would seem to be lost. */
export const LEAST_MEASURED_ANSWERS = 30;
/** Loss above this is answered by the cap alone. */
const MAX_LOSS_SHARE = 0.5;

/**
 * How often silent positions are asked, from the share of answers that a first probe did not bring: with loss p,
 * n attempts miss p^n of what would answer.
 */
export class Attempts {
  readonly #least: number;
  #answers = 0;
  #late = 0;

  constructor(retries: number) {
    this.#least = Math.max(1, retries + 1);
  }

  /** An answer came, to the attempt of this number, 1 for the first. */
  answered(attempt: number): void {
    this.#answers += 1;
    if (attempt > 1) this.#late += 1;
    if (this.#answers < REMEMBERED_ANSWERS) return;
    this.#answers /= 2;
    this.#late /= 2;
  }

  /** One standard deviation above the measured share, as few answers measure badly; 0 while there are too few. */
  get lossShare(): number {
    if (this.#late === 0 || this.#answers < LEAST_MEASURED_ANSWERS) return 0;
    const share = this.#late / this.#answers;
    return Math.min(MAX_LOSS_SHARE, share + Math.sqrt((share * (1 - share)) / this.#answers));
  }

  get needed(): number {
    const { lossShare } = this;
    if (lossShare === 0) return this.#least;
    const enough = Math.ceil(Math.log(MISSED_SHARE) / Math.log(lossShare));
    return Math.max(this.#least, Math.min(MAX_PROBE_ATTEMPTS, enough));
  }
}
