import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Releasers } from '#app/serve/releasers.js';
import type { Hit } from '#torture/fault.js';
import { UnheldRound } from '#torture/inconclusive-round.js';
import { Random } from '#torture/random.js';
import { type RoundPlan, type RoundResult, runRound } from '#torture/run-round.js';
import { openSuite, type Suite } from './suite.ts';

/** The short form of `npm run torture`: one round of the fault kinds that cover the most. */
const ROUNDS: readonly (readonly [kind: string, point: string])[] = [
  ['prober', 'any instant'],
  ['worker-at', 'inside rows'],
  ['worker-at', 'finish not sent'],
  ['cut-at', 'commit not acknowledged'],
  ['postgres-at', 'commit not sent'],
  ['freeze', 'any instant'],
];
const SEED = 20_261_125;
const ATTEMPTS = 5;

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: the fault suite runs on Linux alone');

const releasers = new Releasers();
let suite: Suite;
beforeAll(async () => {
  if (!isLinux) return;
  const directory = await mkdtemp(join(tmpdir(), 'scanorama-faults-'));
  releasers.add(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  suite = await openSuite({ directory, isSmall: false, signal: new AbortController().signal }, releasers);
});
afterAll(async () => releasers.release());

/** Undefined for a point that could not be tested, for example because a port was taken: it proves nothing. */
async function held(plan: RoundPlan): Promise<RoundResult | undefined> {
  try {
    return await runRound(suite.lab, plan);
  } catch (error) {
    if (error instanceof UnheldRound) return undefined;
    throw error;
  }
}

it.skipIf(!isLinux).each(ROUNDS)(
  'nothing is lost and nothing is there twice after: %s, %s',
  { timeout: 120_000 },
  async (name, point) => {
    const kind = suite.kinds.find((known) => known.name === name);
    if (kind === undefined) throw new Error(`there is no fault ${name}`);
    const round = ROUNDS.findIndex(([one, at]) => one === name && at === point) + 1;
    let hit: Hit | undefined;
    // A scan may end before the fault is injected: then the next one is tried.
    for (let attempt = 0; attempt < ATTEMPTS && hit === undefined; attempt += 1) {
      const random = Random.ofRound(SEED + attempt, round);
      const result = await held({ round, kind, point, random });
      if (result === undefined) continue;
      expect(result).toMatchObject({ faults: [] });
      expect(result.listeners).toBeGreaterThan(0);
      hit = result.hit;
    }
    expect(hit).toMatchObject({ point });
  },
);
