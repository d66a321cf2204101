import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completenessOf, type HostEvidence } from '#domain/hosts/completeness.js';
import type { AttemptFailure } from '#domain/smart-scan/failure-reason.js';
import {
  type Attempt,
  DEFAULT_MAX_STALENESS_HOURS,
  decide,
  FIRST_PAUSE_MS,
  MAX_ATTEMPTS_PER_DAY,
  MAX_PAUSE_MS,
  pauseAfter,
  type ScannableHost,
  SECOND_PAUSE_MS,
  SMART_SCAN_STAGES,
  type SmartScanStage,
  type StageCapabilities,
} from '#domain/smart-scan/smart-scan.js';

const NOW_MS = Date.parse('2026-11-25T12:00:00Z');
const DAY_MS = 86_400_000;
const POSSIBLE: StageCapabilities = {
  missing: { refresh: null, port_expansion: null, service_scan: null, os_detection: null, identity: null },
  probesUdpServices: true,
};
const NEW: HostEvidence = {
  hasSystem: false,
  openPorts: 0,
  freshTcp: 0,
  freshUdp: 0,
  namedTcp: 0,
  namedUdp: 0,
  wasExamined: false,
  hasName: false,
  hasAssignedMac: false,
  hasKey: false,
  lastSeenMs: NOW_MS,
};
const WITH_PORTS: HostEvidence = { ...NEW, openPorts: 2, freshTcp: 2 };
const KNOWN: HostEvidence = { ...WITH_PORTS, namedTcp: 2, hasSystem: true, hasName: true };

function host(evidence: HostEvidence, more: Partial<ScannableHost> = {}, nowMs = NOW_MS): ScannableHost {
  return {
    evidence,
    completeness: completenessOf(evidence, nowMs),
    status: 'up',
    isDeleted: false,
    isIgnored: false,
    isFragile: false,
    mayShowKey: false,
    keptOut: null,
    attempts: [],
    ...more,
  };
}
const rules = (capabilities = POSSIBLE, nowMs = NOW_MS, threshold = 100) => ({
  capabilities,
  nowMs,
  threshold,
  maxStalenessHours: DEFAULT_MAX_STALENESS_HOURS,
});
it('asks for keys where names cannot be had, of hosts that bear it', () => {
  const noNames = rules(without({ identity: 'There is no resolver.' }));
  const unnamed = { ...WITH_PORTS, namedTcp: 2, hasSystem: true };
  const next = (more: Partial<ScannableHost>) => decide(host(unnamed, more), noNames).next;
  expect(next({ mayShowKey: true })).toBe('identity');
  expect(next({ mayShowKey: false })).toBeNull();
  expect(next({ mayShowKey: true, isFragile: true })).toBeNull();
});

const without = (missing: Partial<StageCapabilities['missing']>): StageCapabilities => ({
  ...POSSIBLE,
  missing: { ...POSSIBLE.missing, ...missing },
});
const fruitless = (stage: SmartScanStage, agoMs: number): Attempt => ({
  stage,
  startedMs: NOW_MS - agoMs,
  isUnderWay: false,
  taught: false,
  unreachable: null,
});

const UNANSWERED = { kind: 'names-not-told', lack: 'NAMES_UNANSWERED' } as const;

describe('the next stage of a host', () => {
  it.each<[string, HostEvidence, SmartScanStage | null]>([
    ['of which nothing is known', NEW, 'port_expansion'],
    ['that was not seen for long', { ...KNOWN, lastSeenMs: NOW_MS - 31 * DAY_MS }, 'refresh'],
    ['with ports whose services are not known', { ...WITH_PORTS, namedTcp: 1 }, 'service_scan'],
    ['with its services, without its system', { ...WITH_PORTS, namedTcp: 2 }, 'os_detection'],
    ['that has no name', { ...KNOWN, hasName: false }, 'identity'],
    ['without open ports: its system cannot be told', { ...NEW, wasExamined: true }, 'identity'],
    ['of which all is known', KNOWN, null],
  ])('%s', (_what, evidence, next) => {
    expect(decide(host(evidence), rules()).next).toBe(next);
  });

  it.each<[string, Partial<ScannableHost>, RegExp]>([
    ['deleted', { isDeleted: true }, /deleted/],
    ['ignored', { isIgnored: true }, /ignored/],
    ['gone', { status: 'gone' }, /gone/],
    ['down', { status: 'down' }, /down/],
    ['excluded', { keptOut: 'It is excluded.' }, /excluded/],
  ])('is none while it is %s, and it says so', (_what, more, reason) => {
    const decision = decide(host(NEW, more), rules());
    expect(decision.next).toBeNull();
    expect(decision.skipped).toMatch(reason);
    expect(decision.reason).toMatch(reason);
  });

  it('is none from the threshold on, unless the host is stale', () => {
    const half = { ...KNOWN, hasSystem: false };
    expect(decide(host(half), rules(POSSIBLE, NOW_MS, 80))).toMatchObject({
      next: null,
      skipped: /score is 80/,
    });
    expect(decide(host(half), rules(POSSIBLE, NOW_MS, 81)).next).toBe('os_detection');
    const stale = { ...half, lastSeenMs: NOW_MS - 31 * DAY_MS };
    expect(decide(host(stale), rules(POSSIBLE, NOW_MS, 1)).next).toBe('refresh');
  });

  it('leaves out what cannot be done here, says why, and goes on to the next', () => {
    const capabilities = without({
      service_scan: 'nmap is not installed.',
      os_detection: 'nmap is not installed.',
    });
    const decision = decide(host(WITH_PORTS), rules(capabilities));
    expect(decision.next).toBe('identity');
    expect(decision.stages.find(({ stage }) => stage === 'service_scan')).toMatchObject({
      state: 'impossible',
      reason: 'nmap is not installed.',
    });
  });

  it('does not ask UDP services where nmap may not', () => {
    const udp = { ...NEW, openPorts: 1, freshUdp: 1, hasSystem: true, hasName: true };
    expect(decide(host(udp), rules()).next).toBe('service_scan');
    expect(decide(host(udp), rules({ ...POSSIBLE, probesUdpServices: false })).next).toBeNull();
  });

  it('is none while a scan of it is under way', () => {
    const attempts = [{ ...fruitless('service_scan', 1_000), isUnderWay: true }];
    expect(decide(host(WITH_PORTS, { attempts }), rules())).toMatchObject({
      next: null,
      reason: /under way/,
    });
  });

  it('rests for longer each time it taught nothing, and not after it did', () => {
    expect([0, 1, 2, 3, 4, 99].map(pauseAfter)).toEqual([
      0,
      FIRST_PAUSE_MS,
      SECOND_PAUSE_MS,
      2 * SECOND_PAUSE_MS,
      4 * SECOND_PAUSE_MS,
      MAX_PAUSE_MS,
    ]);
    const twice = [fruitless('service_scan', DAY_MS - 1), fruitless('service_scan', 2 * DAY_MS)];
    const resting = decide(host(WITH_PORTS, { attempts: twice }), rules());
    expect(resting.next).toBe('os_detection');
    expect(resting.stages.find(({ stage }) => stage === 'service_scan')).toMatchObject({
      state: 'waiting',
      untilMs: NOW_MS + 1,
    });
    const rested = twice.map((attempt) => ({ ...attempt, startedMs: attempt.startedMs - 1 }));
    expect(decide(host(WITH_PORTS, { attempts: rested }), rules()).next).toBe('service_scan');
    const taught = [{ ...fruitless('service_scan', 1_000), taught: true }, ...twice];
    expect(decide(host(WITH_PORTS, { attempts: taught }), rules()).next).toBe('service_scan');
  });
});

describe('a stage that rests', () => {
  const unnamed = { ...KNOWN, hasName: false };
  const reason = (...attempts: Attempt[]) =>
    decide(host(unnamed, { attempts }), rules()).stages.find(({ stage }) => stage === 'identity');

  it.each<[AttemptFailure, string]>([
    [UNANSWERED, 'The last scan for it did not receive all names: the resolver did not respond.'],
    [{ kind: 'failed', message: 'The prober died.' }, 'The last scan for it failed: The prober died.'],
    [{ kind: 'stopped', why: null }, 'The last scan for it was stopped.'],
    [{ kind: 'stopped', why: 'It was held.' }, 'The last scan for it was stopped: It was held.'],
  ])('is not known, and says why nothing could be learnt: %o', (unreachable, text) => {
    expect(reason({ ...fruitless('identity', 1_000), unreachable })).toMatchObject({
      state: 'waiting',
      reason: text,
      untilMs: NOW_MS - 1_000 + FIRST_PAUSE_MS,
    });
  });

  it('tells of its last scan alone', () => {
    const before = { ...fruitless('identity', 5_000), unreachable: UNANSWERED };
    const other = { ...fruitless('os_detection', 100), unreachable: UNANSWERED };
    expect(reason(other, fruitless('identity', 1_000), before)?.reason).toMatch(/taught nothing new/);
  });
});

/** What a stage may bring about, the worst included: nothing, something else, a claim that nothing shows. */
const outcomes = fc.record({
  end: fc.constantFrom(
    { taught: true, unreachable: null },
    { taught: false, unreachable: null },
    { taught: true, unreachable: UNANSWERED },
    { taught: false, unreachable: UNANSWERED },
    { taught: false, unreachable: { kind: 'failed', message: 'It broke.' } as const },
    { taught: false, unreachable: { kind: 'stopped', why: null } as const },
  ),
  evidence: fc.record({
    hasSystem: fc.boolean(),
    hasName: fc.boolean(),
    wasExamined: fc.boolean(),
    freshTcp: fc.nat(5),
    namedTcp: fc.nat(5),
    isStale: fc.boolean(),
  }),
});
type Outcome = typeof outcomes extends fc.Arbitrary<infer Value> ? Value : never;

function afterwards({ evidence }: Outcome, nowMs: number): HostEvidence {
  const { isStale, freshTcp, namedTcp, ...reported } = evidence;
  return {
    ...NEW,
    ...reported,
    freshTcp,
    openPorts: freshTcp,
    namedTcp: Math.min(freshTcp, namedTcp),
    lastSeenMs: isStale ? nowMs - 40 * DAY_MS : nowMs,
  };
}

describe('smart scan of one host', () => {
  it('comes to an end within a day, whatever its scans find', () => {
    fc.assert(
      fc.property(fc.array(outcomes, { minLength: 20, maxLength: 20 }), (all) => {
        const attempts: Attempt[] = [];
        let known = NEW;
        for (const [step, outcome] of all.entries()) {
          // Each scan takes a minute; all of them are within one day.
          const nowMs = NOW_MS + step * 60_000;
          const { next } = decide(host(known, { attempts }, nowMs), rules(POSSIBLE, nowMs));
          if (next === null) continue;
          attempts.push({ stage: next, startedMs: nowMs, isUnderWay: false, ...outcome.end });
          known = afterwards(outcome, nowMs);
        }
        expect(attempts.length).toBeLessThanOrEqual(MAX_ATTEMPTS_PER_DAY);
      }),
    );
  });

  it('that never learns anything is tried less than 16 times a stage in a year, asked every hour', () => {
    const attempts: Attempt[] = [];
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      const nowMs = NOW_MS + hour * 3_600_000;
      const known = { ...WITH_PORTS, lastSeenMs: nowMs };
      const { next } = decide(host(known, { attempts }, nowMs), rules(POSSIBLE, nowMs));
      if (next !== null) attempts.push({ ...fruitless(next, 0), startedMs: nowMs });
    }
    for (const stage of ['service_scan', 'os_detection', 'identity'] as const) {
      const tried = attempts.filter((attempt) => attempt.stage === stage).length;
      expect(tried).toBeGreaterThan(5);
      expect(tried).toBeLessThan(16);
    }
  });

  it('offers a stage only where it is possible, and one that can raise its part', () => {
    const capabilities = fc.subarray([...SMART_SCAN_STAGES]).chain((missing) =>
      fc.boolean().map(
        (probesUdpServices): StageCapabilities => ({
          ...without(Object.fromEntries(missing.map((stage) => [stage, 'It is not to be had.']))),
          probesUdpServices,
        }),
      ),
    );
    fc.assert(
      fc.property(outcomes, capabilities, (outcome, have) => {
        const known = afterwards(outcome, NOW_MS);
        const { next, stages } = decide(host(known), rules(have));
        for (const { stage, state } of stages) if (state === 'due') expect(have.missing[stage]).toBeNull();
        if (next === 'service_scan') expect(known.namedTcp).toBeLessThan(known.freshTcp);
        if (next === 'os_detection') expect(known.freshTcp).toBeGreaterThan(0);
        if (next !== null) expect(stages.find(({ state }) => state === 'due')?.stage).toBe(next);
      }),
    );
  });
});
