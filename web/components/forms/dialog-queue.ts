/** What somebody is asked before something is done. */
export interface Question {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly confirmLabel: string;
  /** Something goes that cannot be brought back. */
  readonly isDanger?: boolean;
}

/** Gives whether the answer was yes. */
export type Dialog = (question: Question) => Promise<boolean>;

export interface Confirmed {
  /** No two have the same. */
  readonly number: number;
  readonly question: Question;
  readonly answer: (isYes: boolean) => void;
}

/** Questions that wait behind the one that is shown; what is asked beyond them counts as answered with no. */
export const MAX_WAITING_QUESTIONS = 8;

/** Questions one after another: none takes the place of one that somebody is about to answer, and each is answered. */
export class QuestionQueue {
  #confirmed: readonly Confirmed[] = [];
  #count = 0;
  readonly #listeners = new Set<() => void>();

  /** The one to show now. */
  readonly current = (): Confirmed | undefined => this.#confirmed[0];

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly confirm: Dialog = (question) => {
    if (this.#confirmed.length > MAX_WAITING_QUESTIONS) return Promise.resolve(false);
    this.#count += 1;
    const number = this.#count;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const answer = (isYes: boolean) => {
      this.#show(this.#confirmed.filter((other) => other.number !== number));
      resolve(isYes);
    };
    this.#show([...this.#confirmed, { number, question, answer }]);
    return promise;
  };

  #show(confirmed: readonly Confirmed[]): void {
    this.#confirmed = confirmed;
    for (const listener of this.#listeners) listener();
  }
}
