import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import type { Executor } from '#store/database/database.js';
import { renewRateShares } from '#store/settings/rate-shares.js';
import { createLog } from '#telemetry/log.js';
import { EXCLUSION_REREAD_MS, EXCLUSIONS_GOOD_MS } from '#work/exclusions/exclusion-feed.js';
import { RateShares } from '#work/settings/rate-shares.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';
import { repetitions } from '../../support/repetitions.ts';

const SITE = { siteId: 1, jobId: null };
/** Packets within this time are counted together. */
const WINDOW_MS = 100;

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

interface Frame {
  readonly readAtMs: number;
  readonly parts: number;
  readonly goodUntilMs: number;
}

/** What happens to one program at a time. */
interface Step {
  readonly program: number;
  readonly afterMs: number;
  /** How long its request, the response and the message to its prober take. */
  readonly delaysMs: readonly [number, number, number];
  readonly fate: 'renewed' | 'lost' | 'killed' | 'left';
}

/** A program and its prober, with a simulated clock. */
class Program {
  readonly #shares: RateShares;
  readonly #frames: Frame[] = [];
  #parts = 0;
  #goodUntilMs = -1;
  /** Shares that it used, and the last time it could. */
  readonly #used: { readonly parts: number; readonly untilMs: number }[] = [];
  /** Its worker waits for a response, or is frozen, until then. */
  busyUntilMs = 0;
  #loses = false;

  constructor(executor: Executor, id: number) {
    const losing = executor.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => {
        if (this.#loses) throw new Error('the answer was lost');
        return Promise.resolve(result);
      },
    });
    const program = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
    this.#shares = new RateShares({ store: { reserved: losing }, log: createLog('silent'), program });
  }

  async renew(nowMs: number, { delaysMs: [requestMs, answerMs, frameMs], fate }: Step): Promise<void> {
    this.#loses = fate === 'lost';
    const probedAtMs = nowMs - requestMs;
    const grants = await this.#shares
      .renew([SITE], { probedAtMs, goodForMs: EXCLUSIONS_GOOD_MS })
      .catch(() => undefined);
    this.busyUntilMs = nowMs + answerMs;
    if (grants === undefined) return;
    const readAtMs = Math.max(this.#frames.at(-1)?.readAtMs ?? 0, this.busyUntilMs + frameMs);
    this.#frames.push({
      readAtMs,
      parts: grants.partsOf(SITE),
      goodUntilMs: probedAtMs + EXCLUSIONS_GOOD_MS,
    });
  }

  /** The most that its prober may have sent within the window that ends now. */
  usedAt(nowMs: number): number {
    while ((this.#frames[0]?.readAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const frame = this.#frames.shift();
      if (frame === undefined) break;
      this.#used.push({ parts: this.#parts, untilMs: Math.min(frame.readAtMs, this.#goodUntilMs) });
      this.#parts = frame.parts;
      this.#goodUntilMs = Math.max(this.#goodUntilMs, frame.goodUntilMs);
    }
    const now = nowMs <= this.#goodUntilMs + WINDOW_MS ? this.#parts : 0;
    const before = this.#used.filter(({ untilMs }) => untilMs > nowMs - WINDOW_MS);
    return Math.max(now, ...before.map(({ parts }) => parts));
  }

  get parts(): number {
    return this.#parts;
  }
}

const delay = fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1_600 }));
const step: fc.Arbitrary<Step> = fc.record({
  program: fc.integer({ min: 0, max: 5 }),
  afterMs: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 900 })),
  delaysMs: fc.tuple(delay, delay, delay),
  fate: fc.oneof(
    { weight: 12, arbitrary: fc.constant<'renewed'>('renewed') },
    fc.constantFrom<Step['fate']>('lost', 'killed', 'left'),
  ),
});

/** Advances the time, for the database as well: inside a transaction its clock stands still. */
async function pass(executor: Executor, ms: number): Promise<void> {
  await sql`UPDATE rate_shares SET valid_until = valid_until - ${ms} * interval '1 millisecond'`.execute(
    executor,
  );
}

const PROMPT: Step = { program: 0, afterMs: 0, delaysMs: [1, 1, 1], fate: 'renewed' };
/** By then the share of a dead program has expired, and the remaining ones have it. */
const STABILIZATION_MS = 5_000;

async function play(executor: Executor, steps: readonly Step[]): Promise<void> {
  await sql`DELETE FROM rate_shares`.execute(executor);
  const places = new Map<number, Program>();
  const all: Program[] = [];
  let nowMs = 10_000;
  const until = async (endMs: number): Promise<void> => {
    await pass(executor, endMs - nowMs);
    for (; nowMs < endMs; nowMs += 10)
      expect(all.reduce((sum, program) => sum + program.usedAt(nowMs), 0)).toBeLessThanOrEqual(ALL_PARTS);
    nowMs = endMs;
  };
  for (const one of steps) {
    await until(nowMs + one.afterMs);
    const program = places.get(one.program) ?? new Program(executor, all.length);
    if (!places.has(one.program)) all.push(program);
    places.set(one.program, program);
    if (one.fate === 'killed' || one.fate === 'left') places.delete(one.program);
    // One request at a time, and none while it is frozen.
    else if (program.busyUntilMs <= nowMs - one.delaysMs[0]) await program.renew(nowMs, one);
  }
  const last = new Program(executor, all.length);
  all.push(last);
  const living = [...places.values(), last];
  await until(Math.max(nowMs, ...living.map(({ busyUntilMs }) => busyUntilMs)) + 10);
  for (let beat = 0; beat < STABILIZATION_MS / EXCLUSION_REREAD_MS; beat += 1) {
    for (const program of living) await program.renew(nowMs, PROMPT);
    await until(nowMs + EXCLUSION_REREAD_MS);
  }
  for (const program of living) expect(program.parts).toBe(Math.floor(ALL_PARTS / living.length));
}

it('programs never use more than the total together, also when they start, end, die, freeze and receive late', {
  timeout: 300_000,
}, async () => {
  await db.store.transaction(async (executor) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => play(executor, steps)),
      { numRuns: repetitions(8, 20) },
    );
    // On a fast machine the shares of the last run are still valid when the next test requests its own.
    await sql`DELETE FROM rate_shares`.execute(executor);
  });
});

it('a request that arrives after a later one changes nothing and is not answered', async () => {
  const executor = db.store.reserved;
  const probe = (requestNumber: number, inUseParts: number) =>
    renewRateShares(executor, {
      program: '00000000-0000-4000-9000-000000000001',
      requestNumber,
      goodForMs: 60_000,
      rates: [{ ...SITE, inUseParts }],
    });
  const held = async () =>
    (await sql<{ parts: number }>`SELECT parts FROM rate_shares`.execute(executor)).rows;
  expect(await probe(2, 0)).toEqual([{ ...SITE, parts: ALL_PARTS }]);
  expect(await probe(1, 0)).toEqual([]);
  expect(await held()).toEqual([{ parts: ALL_PARTS }]);
  expect(await probe(3, 0)).toEqual([{ ...SITE, parts: ALL_PARTS }]);
  await sql`DELETE FROM rate_shares`.execute(executor);
});

it('sixteen programs that request at the same time hold no more than the total; the cost is printed', async () => {
  const good = { probedAtMs: 0, goodForMs: 60_000 };
  const programs = Array.from(
    { length: 16 },
    (_, index) =>
      new RateShares({
        store: { reserved: db.store.read },
        log: createLog('silent'),
        program: `00000000-0000-4000-a000-${String(index).padStart(12, '0')}`,
      }),
  );
  const round = (probedAtMs: number) =>
    Promise.all(programs.map((shares) => shares.renew([SITE], { ...good, probedAtMs })));
  const granted = await round(0);
  expect(granted.reduce((sum, grants) => sum + grants.partsOf(SITE), 0)).toBe(ALL_PARTS);
  // Their shares are not in use any more.
  const completed = await round(61_000 + EXCLUSIONS_GOOD_MS).then(() => round(200_000));
  expect(completed.map((grants) => grants.partsOf(SITE))).toEqual(programs.map(() => ALL_PARTS / 16));
  const { rows } = await sql<{ sum: number }>`SELECT sum(parts)::integer AS sum FROM rate_shares`.execute(
    db.store.read,
  );
  expect(rows).toEqual([{ sum: ALL_PARTS }]);
  const rounds = 25;
  const begunMs = performance.now();
  for (let count = 0; count < rounds; count += 1) await round(300_000 + count);
  const each = (performance.now() - begunMs) / (rounds * programs.length);
  console.log(
    `renewing the share of one of 16 programs takes ${each.toFixed(2)} ms when all request at once`,
  );
  await sql`DELETE FROM rate_shares`.execute(db.store.read);
});
