import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST_STATUSES } from '#domain/hosts/host-status.js';
import {
  FLAPPING_WINDOW_MS,
  liveThrough,
  STATUS_TRANSITIONS,
  type StatusEvent,
  type StatusRecord,
} from '#domain/hosts/status-rules.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DOWN_AFTER = { misses: 2, goneAfterDays: 1 };

const seen = (atMs: number, jobId = atMs, untilMs = atMs): StatusEvent => ({
  kind: 'seen',
  atMs,
  untilMs,
  jobId,
  reason: 'echo-reply',
  isByHostProbe: true,
});
const missed = (
  atMs: number,
  jobId = atMs,
  changes: { downAfter?: typeof DOWN_AFTER; unanswered?: 'echo-reply'[] } = {},
): StatusEvent => ({
  kind: 'missed',
  atMs,
  jobId,
  downAfter: changes.downAfter ?? DOWN_AFTER,
  unanswered: changes.unanswered ?? [],
});
const statuses = (events: readonly StatusEvent[], answersSinceMs: number | null = 0) =>
  liveThrough({ events, answersSinceMs }).turns.map(({ status }) => status);

describe('the life of a host', () => {
  it('is up within its grace, down when that is used up, and up when anybody sees it', () => {
    expect(statuses([seen(0), missed(1), missed(2), missed(3), seen(4)])).toEqual([
      'up',
      'up',
      'down',
      'down',
      'up',
    ]);
  });

  it('is gone when it was down for long and is missed once more, never by time alone', () => {
    const away = [seen(0), missed(1), missed(2)];
    expect(statuses([...away, missed(2 + DAY_MS - 1)]).at(-1)).toBe('down');
    expect(statuses([...away, missed(2 + DAY_MS)]).at(-1)).toBe('gone');
    expect(statuses([...away, missed(2 + DAY_MS), seen(3 + DAY_MS)]).at(-1)).toBe('up');
  });

  it('counts misses from the last time it was seen on', () => {
    const { misses, missedAtMs } = liveThrough({
      events: [seen(0), missed(1), seen(2), missed(3)],
      answersSinceMs: 0,
    });
    expect({ misses, missedAtMs }).toEqual({ misses: 1, missedAtMs: 3 });
  });

  it('takes no silence for absence while somebody saw the host, at the same instant or around it', () => {
    const strict = { misses: 1, goneAfterDays: 1 };
    expect(
      statuses([seen(0, 1, 10), missed(5, 2, { downAfter: strict }), missed(10, 3, { downAfter: strict })]),
    ).toEqual(['up', 'up', 'up']);
    expect(statuses([seen(0), seen(7, 9), missed(7, 3, { downAfter: strict })]).at(-1)).toBe('up');
  });

  it('takes no silence for absence of whom that kind of run never heard', () => {
    const strict = { misses: 1, goneAfterDays: 1 };
    expect(statuses([seen(0), missed(1, 1, { downAfter: strict })], null)).toEqual(['up', 'up']);
    expect(statuses([seen(0), missed(1, 1, { downAfter: strict })], 1)).toEqual(['up', 'up']);
    expect(statuses([seen(0), missed(1, 1, { downAfter: strict, unanswered: ['echo-reply'] })])).toEqual([
      'up',
      'up',
    ]);
    expect(statuses([seen(0), missed(1, 1, { downAfter: strict })])).toEqual(['up', 'down']);
  });

  it('is missed by a run that could hear one of its answers, as a neighbour hears it', () => {
    const neighbor: StatusEvent = {
      kind: 'seen',
      atMs: 0,
      untilMs: 0,
      jobId: 0,
      reason: 'echo-reply',
      neighbor: 'arp-response',
      isByHostProbe: true,
    };
    const deaf = [1, 2].map((atMs) => missed(atMs, atMs, { unanswered: ['echo-reply'] }));
    expect(statuses([seen(0), ...deaf]).at(-1)).toBe('up');
    expect(statuses([neighbor, ...deaf]).at(-1)).toBe('down');
  });

  it('leaves unknown whom runs asked for long that could not have heard it, as often as makes it down', () => {
    const deaf = (atMs: number) => missed(atMs, atMs, { unanswered: ['echo-reply'] });
    const lifecycle = [seen(0), deaf(1), deaf(2), deaf(DAY_MS - 1)];
    expect(statuses(lifecycle).at(-1)).toBe('up');
    expect(statuses([seen(0), deaf(DAY_MS)]).at(-1)).toBe('up');
    expect(statuses([...lifecycle, deaf(DAY_MS)]).at(-1)).toBe('unknown');
    expect(statuses([seen(0), missed(1), deaf(DAY_MS)]).at(-1)).toBe('unknown');
    expect(liveThrough({ events: [...lifecycle, deaf(DAY_MS)], answersSinceMs: 0 }).misses).toBe(0);
    const unknown = [...lifecycle, deaf(DAY_MS), deaf(9 * DAY_MS)];
    expect(statuses([...unknown, missed(10 * DAY_MS)]).at(-1)).toBe('unknown');
    expect(statuses([...unknown, missed(10 * DAY_MS), missed(11 * DAY_MS)]).at(-1)).toBe('down');
    expect(statuses([...unknown, seen(10 * DAY_MS)]).at(-1)).toBe('up');
    expect(statuses([seen(0), missed(1), missed(2), deaf(DAY_MS), deaf(2 * DAY_MS)]).at(-1)).toBe('down');
  });

  it('leaves unknown whom such runs never heard, and that is no coming and going', () => {
    const unresponsive = [seen(0), missed(1), missed(DAY_MS)];
    expect(statuses(unresponsive, null).at(-1)).toBe('unknown');
    const often = [0, 1, 2, 3, 4, 5, 6].flatMap((hour) => [
      { kind: 'reported' as const, atMs: 2 * hour * HOUR_MS, jobId: hour, status: 'unknown' as const },
      seen((2 * hour + 1) * HOUR_MS),
    ]);
    const { turns } = liveThrough({ events: often, answersSinceMs: 0 });
    expect(new Set(turns.map(({ status, isFlapping }) => `${status} ${isFlapping}`))).toEqual(
      new Set(['unknown false', 'up false']),
    );
  });

  it('flaps when it comes and goes, then counts as up, and settles a day after', () => {
    const strict = { misses: 1, goneAfterDays: 100 };
    const swings = [1, 2, 3, 4, 5, 6].map((hour) =>
      hour % 2 === 1 ? missed(hour * HOUR_MS, hour, { downAfter: strict }) : seen(hour * HOUR_MS, hour),
    );
    const late = missed(7 * HOUR_MS, 7, { downAfter: strict });
    const { turns } = liveThrough({ events: [seen(0), ...swings, late], answersSinceMs: 0 });
    expect(turns.map(({ isFlapping }) => isFlapping)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(turns.slice(5).map(({ status }) => status)).toEqual(['up', 'up', 'up']);
    const completed = missed(7 * HOUR_MS + FLAPPING_WINDOW_MS, 8, { downAfter: strict });
    const after = liveThrough({ events: [seen(0), ...swings, late, completed], answersSinceMs: 0 }).turns.at(
      -1,
    );
    expect(after).toMatchObject({ status: 'down', isFlapping: false });
  });

  it('keeps what a purged scan told', () => {
    const reported: StatusEvent = { kind: 'reported', atMs: 3, jobId: null, status: 'down' };
    expect(statuses([seen(0), reported, missed(4), seen(5)])).toEqual(['up', 'down', 'down', 'up']);
  });
});

const event: fc.Arbitrary<StatusEvent> = fc.oneof(
  fc
    .record({ hour: fc.nat(40), length: fc.nat(3) })
    .map(({ hour, length }) => seen(hour * HOUR_MS, 0, (hour + length) * HOUR_MS)),
  fc
    .record({ hour: fc.nat(40), misses: fc.integer({ min: 1, max: 4 }) })
    .map(({ hour, misses }) => missed(hour * HOUR_MS, 0, { downAfter: { misses, goneAfterDays: 1 } })),
);
/** Each event of a run of its own. */
const record: fc.Arbitrary<StatusRecord> = fc.record({
  events: fc
    .array(event, { maxLength: 25 })
    .map((events) => events.map((one, index) => ({ ...one, jobId: index + 1 }))),
  answersSinceMs: fc.option(fc.nat(10).map((hour) => hour * HOUR_MS)),
});

describe('any life', () => {
  it('does not depend on the order in which runs are told', () => {
    fc.assert(
      fc.property(
        record.chain((lifecycle) =>
          fc.tuple(
            fc.constant(lifecycle),
            fc.shuffledSubarray([...lifecycle.events], { minLength: lifecycle.events.length }),
          ),
        ),
        ([lifecycle, shuffled]) => {
          expect(liveThrough({ ...lifecycle, events: shuffled })).toEqual(liveThrough(lifecycle));
        },
      ),
    );
  });

  it('turns only as the table says, is never away while it is seen, and never improves by a miss', () => {
    fc.assert(
      fc.property(record, (lifecycle) => {
        const byTime = liveThrough(lifecycle).turns;
        byTime.forEach((turn, index) => {
          const before = byTime[index - 1];
          const from = before?.status ?? 'up';
          const cause = lifecycle.events.find(({ jobId }) => jobId === turn.jobId)?.kind;
          if (cause === 'seen') expect(turn.status).toBe('up');
          if (turn.status === from || turn.isFlapping || before?.isFlapping === true) return;
          const { seen: back, ...others }: Readonly<Record<string, unknown>> = STATUS_TRANSITIONS[from];
          expect(cause === 'seen' ? [back] : Object.values(others)).toContain(turn.status);
        });
      }),
    );
  });

  it('is never away with fewer misses than the least grace, or fewer runs than that', () => {
    fc.assert(
      fc.property(record, (lifecycle) => {
        const { turns, misses } = liveThrough(lifecycle);
        const downAfter = lifecycle.events.flatMap((one) =>
          one.kind === 'missed' ? [one.downAfter.misses] : [],
        );
        if (turns.at(-1)?.status === 'down') expect(misses).toBeGreaterThanOrEqual(Math.min(...downAfter));
        expect(misses).toBeLessThanOrEqual(downAfter.length);
      }),
    );
  });

  it('has a word for every status in the table', () => {
    expect(Object.keys(STATUS_TRANSITIONS).sort()).toEqual([...HOST_STATUSES].sort());
  });
});
