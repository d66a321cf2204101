import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../support/database/database.ts';
import { ended } from '../support/programs/program.ts';
import type { RawScan } from '../support/scans/raw-scan.ts';
import { availableEngines, LOSSY_QUESTION, runEngine, type Scanner, scannerOf } from './engines.ts';
import { type Lab, openLab } from './lab.ts';
import {
  judge,
  MISTAKES_SHOWN,
  pooled,
  precisionOf,
  recallOf,
  type Verdict,
  verdictTable,
} from './measure.ts';
import { withoutLab } from './support/namespaces.ts';
import { hostNamed, IMPOSTORS, type TrueHost } from './support/truth.ts';

const LOSS_RECALL = 0.999;
/** Runs with a seed each, which share the addresses: 10,160 open ports in all. */
const LOSS_RUNS = 2;
const IMPOSTOR_PORTS = '1-100';
/** Enough for the rate control to adapt: 101,600 probes. */
const TRACED_PORTS = '1-400';

const isLeftOut = withoutLab();
let lab: Lab;
let db: TestDatabase;
let scanner: Scanner;
const verdicts = new Map<string, Verdict>();
beforeAll(async () => {
  if (isLeftOut) return;
  [lab, db] = await Promise.all([openLab(), openTestDatabase()]);
  scanner = scannerOf(lab, db);
});
afterAll(async () => {
  if (isLeftOut) return;
  await lab.close();
  await db.close();
  console.log(verdictTable('On a hard network:', verdicts));
});

/** Impostors that are also probed on their own, with no neighbor to compare with. */
const ALONE = IMPOSTORS.filter(
  ({ name }) => name === 'answers for one host' || name === 'answers for a whole range',
);

const engines = availableEngines().filter(({ probesServices }) => probesServices !== true);

/** Where responses cannot be trusted: impostors, and packet loss. */
describe.skipIf(isLeftOut).each(engines)('$name on a hard network', (engine) => {
  const isProbedElsewhere = engine.protocol === 'udp' || engine.sendsLike !== undefined;
  const unproven = [
    ...(engine.namesImpostors ? [] : ['naming impostors']),
    ...(engine.bearsLoss ? [] : ['99.9 % under loss']),
  ];
  if (unproven.length > 0) console.warn(`NOT TESTED with ${engine.name}: ${unproven.join(', ')}`);

  const probe = async (hosts: readonly TrueHost[], ports: string) => {
    const question = { hosts, ports };
    const report = await runEngine(scanner, engine, { question });
    return judge(question, engine.probing, report);
  };

  it.skipIf(!engine.namesImpostors).each(ALONE)('names what $name', async (host) => {
    const verdict = await probe([host], host.addresses.length > 2 ? '1-40' : IMPOSTOR_PORTS);
    verdicts.set(`${engine.name}: ${host.name}`, verdict);
    expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
  });

  it.skipIf(!engine.namesImpostors)('names every form of it among honest neighbors', async () => {
    const hosts = [...IMPOSTORS.filter(({ addresses }) => addresses.length === 2), hostNamed('mixed')];
    const verdict = await probe([...hosts, hostNamed('neighbor of an impostor')], IMPOSTOR_PORTS);
    verdicts.set(`${engine.name}: impostors and neighbors`, verdict);
    expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
  });

  it.skipIf(engine.protocol === 'udp')(
    'names no host an impostor because it is open on every probed port',
    async () => {
      const servers = [hostNamed('field'), hostNamed('neighbor of an impostor')];
      const probed = await Promise.all([probe(servers, '22,80,443'), probe(servers.slice(1), '22')]);
      verdicts.set(`${engine.name}: honest and open`, pooled(probed));
      expect(probed.flatMap(({ mistakes }) => mistakes)).toEqual([]);
    },
  );

  it.skipIf(isProbedElsewhere)('reports no false open port when packets are lost', async () => {
    const { hosts, ports } = LOSSY_QUESTION;
    const runs = Array.from({ length: LOSS_RUNS }, (_, run) => {
      const inRun = (_address: string, index: number) => index % LOSS_RUNS === run;
      return probe(
        hosts.map((host) => ({ ...host, addresses: host.addresses.filter(inRun) })),
        ports,
      );
    });
    const verdict = pooled(await Promise.all(runs));
    verdicts.set(`${engine.name}, 5 % loss each way`, verdict);
    const of = (state: string) => verdict.tallies.filter((tally) => tally.state === state);
    expect([...of('open'), ...of('closed')].map(precisionOf)).toEqual([1, 1]);
    expect(
      verdict.mistakes.filter((mistake) => /twice|not probed|not reported|is reported up/.test(mistake)),
    ).toEqual([]);
    expect(of('open')[0]?.expected).toBeGreaterThanOrEqual(10_000);
    if (engine.bearsLoss) expect(of('open').map(recallOf)[0]).toBeGreaterThanOrEqual(LOSS_RECALL);
  });
});

describe.skipIf(isLeftOut)('the rate of the raw engines', () => {
  it('reports loss as a warning, with what it measured', { timeout: 180_000 }, async () => {
    const script = join(import.meta.dirname, '..', 'support', 'scans', 'raw-scan.ts');
    const texts = ['syn', hostNamed('lossy field').addresses.join(), TRACED_PORTS];
    const { child, output } = lab.start('scan', [process.execPath, '--conditions=source', script, ...texts]);
    const { code, stdout } = await ended(child);
    expect({ code, output: output() }).toEqual({ code: 0, output: '' });
    const { rateTrace, counts }: RawScan = JSON.parse(stdout);
    console.log(`syn, 5 % loss each way, ${JSON.stringify(counts)}:\n${traceTable(rateTrace)}`);
    const causes = rateTrace.map(({ cause }) => cause);
    expect(causes[0]).toBe('start');
    expect(causes).toContain('loss');
  });
});

function traceTable(trace: RawScan['rateTrace']): string {
  const startMs = trace[0]?.atMs ?? 0;
  return trace
    .map(({ atMs, packetsPerSecond, lossShare, cause }) => {
      const rate = Math.round(packetsPerSecond).toLocaleString('en');
      return `  ${(atMs - startMs).toFixed(0).padStart(6)} ms ${rate.padStart(10)}/s  loss ${(lossShare * 100).toFixed(1).padStart(4)} %  ${cause}`;
    })
    .join('\n');
}
