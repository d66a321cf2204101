import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PACKETS_PER_SECOND, DEFAULT_PACKETS_PER_SECOND_PER_HOST } from '#net/send/pace.js';
import { openTestDatabase, type TestDatabase } from '../support/database/database.ts';
import { decodeFrames, mutateFrames, truncateFrames } from '../support/network/frame-fuzz.ts';
import { repetitions } from '../support/repetitions.ts';
import {
  availableEngines,
  EXCLUDED_ADDRESSES,
  FIELD_OPEN,
  FIELD_QUESTION,
  fullQuestion,
  type LabEngine,
  runEngine,
  type Scanner,
  scanned,
  scannerOf,
  servicesQuestion,
  startScan,
} from './engines.ts';
import { type Lab, openLab } from './lab.ts';
import { judge, MISTAKES_SHOWN, type Verdict, verdictTable } from './measure.ts';
import { must, withoutLab } from './support/namespaces.ts';
import { hostNamed } from './support/truth.ts';
import { type Arrival, framesDuring, mostWithin, shortestSpanMs, witness } from './support/witness.ts';

/** How long the scheduler of a busy machine may delay a packet between the pace and the cable. */
const JITTER_MS = 20;
const WINDOW_MS = 100;
const STOP_LIMIT_MS = 1_000;
/** A stop is measured on a machine that runs other tests as well. */
const STOP_TOLERANCE = 5;
/** Packets in the capture before a scan counts as in progress. */
const UNDER_WAY = 100;

/** A million take half a minute. */
const MUTATIONS = repetitions(10_000, 1_000_000);
const SEED = Number(process.env['PACKET_SEED'] ?? Date.now() % 0x7fff_ffff);

const isLeftOut = withoutLab();
let lab: Lab;
let db: TestDatabase;
let scanner: Scanner;
const verdicts = new Map<string, Verdict>();
const available = availableEngines();
const engines = available.filter(({ probesServices }) => probesServices !== true);
beforeAll(async () => {
  if (isLeftOut) return;
  [lab, db] = await Promise.all([openLab(), openTestDatabase()]);
  scanner = scannerOf(lab, db);
});
afterAll(async () => {
  if (isLeftOut) return;
  await lab.close();
  await db.close();
  console.log(verdictTable('Without loss:', verdicts));
});

describe.skipIf(isLeftOut).each(engines)('$name in the lab', (engine) => {
  it('reports every port of every kind of host correctly, and skips the excluded', async () => {
    const question = fullQuestion(lab, engine.protocol);
    const watching = await witness(lab, 'near');
    const { scan, ...report } = await runEngine(scanner, engine, { question });
    const arrivals = await watching.arrivals();
    const verdict = judge(question, engine.probing, report);
    verdicts.set(engine.name, verdict);
    expect(scan).toMatchObject({ status: 'completed', error: null });
    expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
    // An ACK distinguishes only two states.
    const stateCount = engine.probing === 'ack' ? 2 : 3;
    expect(verdict.tallies.length).toBeGreaterThanOrEqual(stateCount);
    const reached = new Set(arrivals.map(({ address }) => address));
    expect([...reached]).toEqual(expect.arrayContaining([...hostNamed('mixed').addresses]));
    // Not even an ARP request or an ICMPv6 neighbor solicitation.
    expect(EXCLUDED_ADDRESSES.filter((address) => reached.has(address))).toEqual([]);
    console.log(`${engine.name}: ${arrivals.length} packets near by, none of them to those excluded`);
  });

  it.skipIf(engine.protocol === 'udp' || engine.sendsLike !== undefined)(
    `finds ${FIELD_OPEN} open ports of many addresses`,
    async () => {
      const report = await runEngine(scanner, engine, { question: FIELD_QUESTION });
      const verdict = judge(FIELD_QUESTION, engine.probing, report);
      verdicts.set(`${engine.name}, field`, verdict);
      expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
    },
  );

  it('sends nothing to a random half of a network, and a probe to all of the rest', async () => {
    const addresses = Array.from({ length: 254 }, (_, at) => `198.18.1.${at + 1}`);
    const excluded = new Set(addresses.filter(() => Math.random() < 0.5));
    const watching = await witness(lab, 'field');
    const ports = engine.protocol === 'udp' ? 'U:9-10' : '21-22';
    const flags = ['--exclude', [...excluded].join(), '--type', engine.type, '-p', ports, '--rate', 'max'];
    await scanned(startScan(scanner, ['198.18.1.1-254', ...flags]));
    const arrivals = await watching.arrivals();
    const reached = new Set(arrivals.map(({ address }) => address));
    // The names of the excluded hosts are the seed: they are in the message when this fails.
    expect([...excluded].filter((address) => reached.has(address))).toEqual([]);
    expect(addresses.filter((address) => !excluded.has(address) && !reached.has(address))).toEqual([]);
    const complete = arrivals.filter(({ isProbe }) => isProbe).length;
    console.log(`${engine.name}: ${complete} probes to ${addresses.length - excluded.size} of 254 addresses`);
  });

  it.skipIf(engine.sendsLike !== undefined)(
    'keeps to the default rates, and stops within a second',
    async () => {
      const flags = [BUSY_HOSTS, ...probing(engine)];
      const { arrivals, tailMs, latenessMs } = await interrupted(scanner, flags);
      const perHost = [...Map.groupBy(arrivals, ({ address }) => address).values()];
      const all = spansOf([arrivals], DEFAULT_PACKETS_PER_SECOND);
      const one = spansOf(perHost, DEFAULT_PACKETS_PER_SECOND_PER_HOST);
      const machine = `the machine up to ${latenessMs.toFixed(1)} ms late`;
      console.log(`${engine.name}: ${spanReport(all)}\n  to one host: ${spanReport(one)}`);
      console.log(`${engine.name}: ${tailReport(tailMs)}; ${machine}`);
      const toleranceMs = JITTER_MS + 2 * latenessMs;
      for (const { windowMs, secondMs } of [all, one]) {
        expect(windowMs).toBeGreaterThan(WINDOW_MS - toleranceMs);
        expect(secondMs).toBeGreaterThan(1_000 - toleranceMs);
      }
      expect(tailMs).toBeLessThan(STOP_LIMIT_MS * STOP_TOLERANCE);
    },
  );

  it.skipIf(engine.sendsLike !== undefined)('stops within a second at full speed', async () => {
    const flags = ['198.18.1.1-254', ...probing(engine), '--rate', 'max'];
    const { arrivals, tailMs } = await interrupted(scanner, flags, FULL_SPEED_MS);
    console.log(`${engine.name}: ${arrivals.length} probes at full speed; ${tailReport(tailMs)}`);
    expect(tailMs).toBeLessThan(STOP_LIMIT_MS * STOP_TOLERANCE);
  });
});

describe.skipIf(isLeftOut)('of ports that respond each in their own manner', () => {
  const probed = available.filter(({ probing }) => probing === 'connect' || probing === 'syn');
  const names = probed.map(({ name }) => name).join(', ');
  it(`${names} report the same`, { timeout: 120_000 }, async () => {
    const question = servicesQuestion(lab);
    const states: Record<string, Record<string, string>> = {};
    const sendProbe = async (engine: LabEngine) => {
      const startedMs = performance.now();
      const { scan, ...report } = await runEngine(scanner, engine, { question });
      const verdict = judge(question, engine.probing, report);
      verdicts.set(`${engine.name}, with services`, verdict);
      expect(scan).toMatchObject({ status: 'completed', partial: false, error: null });
      expect({ engine: engine.name, mistakes: verdict.mistakes.slice(0, MISTAKES_SHOWN) }).toEqual({
        engine: engine.name,
        mistakes: [],
      });
      for (const { address, protocol, port, state } of report.observations)
        (states[`${address} ${port}/${protocol}`] ??= {})[engine.name] = state;
      console.log(`${engine.name}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    };
    await Promise.all(probed.map(sendProbe));
    const unlike = Object.entries(states).filter(
      ([, byEngine]) => new Set(Object.values(byEngine)).size !== 1,
    );
    expect(unlike).toEqual([]);
    expect(Object.values(states).every((byEngine) => Object.keys(byEngine).length === probed.length)).toBe(
      true,
    );
  });
});

/** One ICMP error per this many milliseconds, from the hosts near by. */
function limitErrors(everyMs: number): void {
  const namespace = lab.namespaceOf('near');
  must('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', `net.ipv4.icmp_ratelimit=${everyMs}`]);
}

describe.skipIf(isLeftOut)('a machine that limits its ICMP errors', () => {
  it('is probed as one over all its addresses: none of its closed UDP ports is reported open', async () => {
    // Six errors at once and then one a second: four addresses have none left when they are probed.
    const host = hostNamed('one machine, ten addresses');
    const question = { hosts: [host], ports: 'U:3000' };
    const udp = available.find(({ name }) => name === 'udp');
    if (udp === undefined) throw new Error('there is no udp engine');
    limitErrors(1_000);
    try {
      const { scan, ...report } = await runEngine(scanner, udp, { question });
      expect(judge(question, 'udp', report).mistakes).toEqual([]);
      expect(scan.hosts_up).toBe(host.addresses.length);
    } finally {
      limitErrors(0);
    }
  }, 120_000);
});

describe.skipIf(isLeftOut)('an address that no host has', () => {
  it('received no raw packets, and sent no response', async () => {
    const flags = ['--type', 'syn', '-p', '1-20', '--rate', 'max'];
    const scan = await scanned(startScan(scanner, [...hostNamed('absent').addresses, ...flags]));
    expect(scan).toMatchObject({ status: 'completed', probes: { sent: 0, answered: 0 }, hosts_up: 0 });
    expect(scan.progress).toMatchObject({ completed: 40, skipped: 0 });
  });
});

describe.skipIf(isLeftOut)('the frames of the lab', () => {
  it('make no decoder throw, truncated at any byte or changed', { timeout: 120_000 }, async () => {
    const targets = ['198.18.0.10-198.18.0.17', '198.18.8.20', '198.18.33.8-198.18.33.16'];
    const targets6 = ['fd00:18::10-fd00:18::17', 'fd00:18:8::20', 'fd00:18:33::8-fd00:18:33::16'];
    const scans = [
      ['--type', 'syn', '--live-hosts', '-p', '22,79-80,1001-1007,3001-3004'],
      ['--type', 'udp', '-p', 'U:7,53,1001-1007,5000-5002'],
    ].map((flags) => [...flags, '--exclude', EXCLUDED_ADDRESSES.join()]);
    const frames = await framesDuring(lab, ['near', 'router', 'odd'], async () => {
      for (const flags of scans)
        await scanned(startScan(scanner, [...targets, ...targets6, ...flags, '--rate', 'max']));
    });
    const complete = decodeFrames(frames);
    console.log(`${frames.length} frames of the lab; ${MUTATIONS} mutations, PACKET_SEED=${SEED}`);
    expect(complete.decoded).toBeGreaterThan(100);
    expect(truncateFrames(frames).refused).toBeGreaterThan(frames.length);
    const { decoded, refused } = mutateFrames(frames, MUTATIONS, SEED);
    expect(decoded + refused).toBe(MUTATIONS);
    expect(decoded).toBeGreaterThan(MUTATIONS / 10);
  });
});

/** Large enough that the total rate and the rate of one host both limit them: 26 × 40 is more than 1,000. */
const BUSY_HOSTS = '198.18.1.1-26';

/** More ports than can be probed in the time. */
function probing({ type, protocol }: LabEngine): string[] {
  return ['--type', type, '-p', protocol === 'udp' ? 'U:1-4000' : '1-4000'];
}

const tailReport = (tailMs: number) => `the last probe ${tailMs.toFixed(0)} ms after the stop`;

interface Spans {
  readonly rate: number;
  /** The largest number of packets within 100 ms and within a second. */
  readonly most: readonly [number, number];
  /** The shortest time that held one packet more than 100 ms, and a second, allow. */
  readonly windowMs: number;
  readonly secondMs: number;
}

/** The worst value of several groups. */
function spansOf(groups: readonly (readonly Arrival[])[], rate: number): Spans {
  const most = (spanMs: number) => Math.max(...groups.map((own) => mostWithin(spanMs, own)));
  const shortest = (count: number) => Math.min(...groups.map((own) => shortestSpanMs(count, own)));
  return {
    rate,
    most: [most(WINDOW_MS), most(1_000)],
    windowMs: shortest(rate / 10 + 1),
    secondMs: shortest(rate + 1),
  };
}

function spanReport({ rate, most, windowMs, secondMs }: Spans): string {
  return (
    `at most ${most[0]} probes in 100 ms and ${most[1]} in 1 s; ${rate / 10 + 1} took at least` +
    ` ${windowMs.toFixed(1)} ms, ${rate + 1} ${secondMs.toFixed(1)} ms`
  );
}

/** Long enough for several windows of a second. */
const UNDER_WAY_MS = 1_800;
const FULL_SPEED_MS = 500;

/**
 * A scan of the field that is stopped in progress: its probes, how long after the stop the last one came, and how late the
 * machine ran this idle process meanwhile; the scanner may have been delayed as much.
 */
async function interrupted(scanner: Scanner, flags: readonly string[], underWayMs = UNDER_WAY_MS) {
  const watching = await witness(scanner.lab, 'field');
  const child = startScan(scanner, flags);
  const lateness = monitorEventLoopDelay({ resolution: 1 });
  lateness.enable();
  child.once('exit', () => lateness.disable());
  const ending = scanned(child);
  await watching.seen(UNDER_WAY);
  await sleep(underWayMs);
  const stoppedAtMs = Date.now();
  child.kill('SIGINT');
  const { status } = await ending;
  expect(status).toBe('cancelled');
  const arrivals = (await watching.arrivals()).filter(({ isProbe }) => isProbe);
  const tailMs = Math.max(0, ...arrivals.slice(-1).map(({ atMs }) => atMs - stoppedAtMs));
  return { arrivals, tailMs, latenessMs: lateness.max / 1_000_000 };
}
