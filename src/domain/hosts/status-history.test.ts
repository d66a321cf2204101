import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amendHistory,
  type DesiredValue,
  type KnownValue,
  type MissingRow,
} from '#domain/hosts/status-history.js';

const row = (id: number, atMs: number, jobId: number, value: string): KnownValue => ({
  id,
  atMs,
  jobId,
  value,
});
const input = (atMs: number, jobId: number, value: string): DesiredValue<null> => ({
  atMs,
  jobId,
  value,
  reason: null,
});
const shown = ({ atMs, jobId, oldValue, value, revision }: MissingRow<null>) =>
  `${atMs}/${jobId} ${oldValue}>${value} ${revision}`;

describe('amending history', () => {
  it('adds what is new, and nothing that is told already', () => {
    const known = [row(1, 0, 1, 'up')];
    const desired = [input(0, 1, 'up'), input(5, 2, 'up'), input(7, 3, 'down')];
    const { missing, since } = amendHistory({ known, desired, fromMs: 0, initial: null });
    expect(missing.map(shown)).toEqual(['7/3 up>down 0']);
    expect(since).toMatchObject({ atMs: 7, jobId: 3 });
  });

  it('tells a cause anew where more is known, and leaves what was told', () => {
    const known = [row(1, 0, 1, 'up'), row(2, 7, 3, 'down'), row(3, 9, 4, 'up')];
    const desired = [input(0, 1, 'up'), input(6, 5, 'up'), input(7, 3, 'up'), input(9, 4, 'up')];
    const { missing, since } = amendHistory({ known, desired, fromMs: 0, initial: null });
    expect(missing.map(shown)).toEqual(['7/3 down>up 1']);
    expect(since).toBeUndefined();
  });

  it('leaves alone what was before its instant', () => {
    const known = [row(1, 0, 1, 'up'), row(2, 3, 2, 'down')];
    const desired = [input(3, 2, 'up'), input(8, 3, 'down')];
    expect(amendHistory({ known, desired, fromMs: 5, initial: null }).missing).toEqual([]);
  });

  it('begins from what is so where nothing was ever told', () => {
    const desired = [input(1, 1, 'false'), input(2, 2, 'true')];
    const { missing } = amendHistory({ known: [], desired, fromMs: 0, initial: 'false' });
    expect(missing.map(shown)).toEqual(['2/2 null>true 0']);
  });

  it('makes any history tell any wish, and is content with that', () => {
    const values = fc.constantFrom('up', 'down', 'gone');
    const rows = fc.array(
      fc.record({ atMs: fc.nat(9), jobId: fc.integer({ min: 1, max: 4 }), value: values }),
    );
    fc.assert(
      fc.property(
        rows,
        fc.uniqueArray(
          fc.record({
            atMs: fc.nat(9),
            jobId: fc.integer({ min: 1, max: 4 }),
            value: values,
            reason: fc.constant(null),
          }),
          {
            selector: ({ atMs, jobId }) => `${atMs} ${jobId}`,
            minLength: 1,
          },
        ),
        (reported, desired) => {
          const known = reported.map((one, index) => ({ ...one, id: index + 1 }));
          const { missing } = amendHistory({ known, desired, fromMs: 0, initial: null });
          const amended = [...known, ...missing.map((one, index) => ({ ...one, id: 1_000 + index }))];
          const first = Math.min(...desired.map(({ atMs }) => atMs));
          for (let atMs = first; atMs <= 9; atMs += 1)
            expect({ atMs, value: valueAt(amended, atMs) }).toEqual({
              atMs,
              value: valueAt(
                desired.map((one) => ({ ...one, id: 1 })),
                atMs,
              ),
            });
          expect(amendHistory({ known: amended, desired, fromMs: 0, initial: null }).missing).toEqual([]);
        },
      ),
    );
  });
});

/** As a question about an instant reads history: the newest row by time, scan and id. */
function valueAt(rows: readonly KnownValue[], atMs: number): string | undefined {
  return rows
    .filter((one) => one.atMs <= atMs)
    .toSorted((a, b) => a.atMs - b.atMs || (a.jobId ?? 0) - (b.jobId ?? 0) || a.id - b.id)
    .at(-1)?.value;
}
