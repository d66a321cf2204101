import type { StatusCause } from '#domain/hosts/status-rules.js';

/** A value of a fact of a host, from this cause on, as history holds it. */
export interface KnownValue extends StatusCause {
  readonly id: number;
  readonly value: string;
}

/** A value that a fact has from this cause on. */
export interface DesiredValue<Reason> extends StatusCause {
  readonly value: string;
  readonly reason: Reason;
}

/** A row that history lacks. Where it told something else of this very cause, the new row takes its place. */
export interface MissingRow<Reason> extends StatusCause {
  readonly oldValue: string | null;
  readonly value: string;
  readonly reason: Reason | null;
  /** How many rows of this very cause there are already. */
  readonly revision: number;
}

export interface FactHistory<Reason> {
  readonly known: readonly KnownValue[];
  readonly desired: readonly DesiredValue<Reason>[];
  /** Before it nothing is amended, milliseconds since 1970-01-01 UTC. */
  readonly fromMs: number;
  /** What it was before its first row; null when nothing was known then. */
  readonly initial: string | null;
}

export interface Amendment<Reason> {
  readonly missing: readonly MissingRow<Reason>[];
  /** Since when the last value holds, and by whom; undefined when there was never another. */
  readonly since: StatusCause | undefined;
}

interface Step extends StatusCause {
  readonly value: string;
}

/**
 * What has to be appended to the history of one fact so that, from an instant on, it tells `desired`; rows are never changed
 * or taken away, so that what was known before can still be told. Of several rows of one cause the last one counts.
 */
export function amendHistory<Reason>({
  known,
  desired,
  fromMs,
  initial,
}: FactHistory<Reason>): Amendment<Reason> {
  const standing = Map.groupBy(
    known.toSorted((one, other) => one.id - other.id),
    keyOf,
  );
  const wanted = new Map(desired.map((step) => [keyOf(step), step]));
  const causes = [...new Map([...known, ...desired].map((cause) => [keyOf(cause), cause])).values()].sort(
    inOrder,
  );
  const missing: MissingRow<Reason>[] = [];
  const steps: Step[] = [];
  let value = initial;
  /** What the newest row until then says; null while there is none. */
  let written: string | null = null;
  for (const cause of causes) {
    const rows = standing.get(keyOf(cause)) ?? [];
    const reported = rows.at(-1)?.value;
    const input = cause.atMs < fromMs ? undefined : wanted.get(keyOf(cause));
    const next: string | null =
      cause.atMs < fromMs ? (reported ?? value) : (input?.value ?? value ?? reported ?? null);
    if (next === null) continue;
    const { atMs, jobId } = cause;
    const isMissing = next !== (reported ?? value);
    if (isMissing) {
      const oldValue = reported ?? written;
      missing.push({
        atMs,
        jobId,
        oldValue,
        value: next,
        reason: input?.reason ?? null,
        revision: rows.length,
      });
    }
    if (isMissing || reported !== undefined) written = next;
    steps.push({ atMs, jobId, value: next });
    value = next;
  }
  return { missing, since: sinceOf(steps, initial) };
}

function sinceOf(steps: readonly Step[], initial: string | null): StatusCause | undefined {
  return steps.findLast((step, index) => {
    const before = index === 0 ? initial : steps[index - 1]?.value;
    return before !== null && step.value !== before;
  });
}

function keyOf({ atMs, jobId }: StatusCause): string {
  return `${atMs} ${jobId ?? 0}`;
}

/** As the store compares rows of history: what a purged scan left comes first. */
function inOrder(one: StatusCause, other: StatusCause): number {
  return one.atMs - other.atMs || (one.jobId ?? 0) - (other.jobId ?? 0);
}
