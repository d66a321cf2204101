/**
 * The benchmarks, as root on Linux with iproute2, nmap and masscan:
 *
 *   npm run bench -- [--rounds 5] [--only P1,P3] [--peers rustscan,naabu] [--rows 50000000] [--note TEXT]
 *
 * Packets go to loopback and to namespaces that it creates. Writes bench/results/latest.json (works that did not run
 * keep their last result) and docs/benchmarks.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureConnect } from './scans/connect.ts';
import { measureLimit, measureSyn } from './scans/syn.ts';
import { measureFleet } from './service/fleet.ts';
import { measureMemory } from './service/memory.ts';
import { ROOT } from './service/program.ts';
import { measureServeStart } from './service/serve-start.ts';
import { measureStore } from './store/store.ts';
import { measureGrowth } from './store/store-growth.ts';
import { measureStoredScan } from './store/stored-scan.ts';
import { type Bench, circumstances, type Part } from './support/bench.ts';
import { documentOf } from './support/document.ts';
import { removeLeftNamespaces } from './support/namespaces.ts';
import { buildPeers, PEERS } from './support/peers.ts';
import { MIN_ROUNDS, type Results, results } from './support/work.ts';

const LATEST = join(ROOT, 'bench', 'results', 'latest.json');
const DOCUMENT = join(ROOT, 'docs', 'benchmarks.md');
const WORKS = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P11', 'fleet'];
/** A limit on the total duration. */
const LIMIT_MS = 10_800_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: String(MIN_ROUNDS) },
    only: { type: 'string', default: WORKS.join(',') },
    peers: { type: 'string', default: '' },
    rows: { type: 'string' },
    note: { type: 'string', multiple: true, default: [] },
  },
});

function textsOf(list: string, known: readonly string[]): readonly string[] {
  const texts = list.split(',').filter(Boolean);
  const unknown = texts.filter((text) => !known.includes(text));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(', ')}. Valid are ${known.join(', ')}.`);
  return texts;
}

function partsOf(wanted: readonly string[]): readonly (readonly [names: string, part: Part])[] {
  const parts: (readonly [string, Part])[] = [];
  if (wanted.includes('P1')) parts.push(['P1 and P2', measureSyn]);
  else if (wanted.includes('P2')) parts.push(['P2', measureLimit]);
  if (wanted.includes('P3')) parts.push(['P3', measureConnect]);
  if (wanted.includes('P4')) parts.push(['P4', measureStore]);
  if (wanted.includes('P5')) parts.push(['P5', measureStoredScan]);
  if (wanted.includes('P6')) parts.push(['P6', measureGrowth]);
  if (wanted.includes('P7')) parts.push(['P7', measureMemory]);
  if (wanted.includes('P11')) parts.push(['P11', measureServeStart]);
  if (wanted.includes('fleet')) parts.push(['fleet', measureFleet]);
  return parts;
}

function latest(): Results {
  try {
    return results.parse(JSON.parse(readFileSync(LATEST, 'utf8')));
  } catch {
    return { notes: [], works: {} };
  }
}

function write(all: Results): void {
  mkdirSync(dirname(LATEST), { recursive: true });
  writeFileSync(LATEST, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(DOCUMENT, documentOf(all));
}

const print = (line: string) => void process.stderr.write(`${line}\n`);

async function main(signal: AbortSignal): Promise<void> {
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds needs an integer of at least 1.');
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  if (rows !== undefined && !(Number.isInteger(rows) && rows >= 1))
    throw new Error(
      '--rows needs an integer of at least 1: the number of existing rows to which P6 appends.',
    );
  const parts = partsOf(textsOf(values.only, WORKS));
  if (process.getuid?.() !== 0) throw new Error('Run it as root: it creates network namespaces.');
  removeLeftNamespaces();
  const { programs, absent } = await buildPeers(textsOf(values.peers, PEERS), signal, print);
  const bench: Bench = { rounds, rows, signal, peers: programs, absent, print };
  const { notes: before, works } = latest();
  const notes = values.note.length > 0 ? values.note : before;
  for (const [names, part] of parts) {
    print(`${names}, ${rounds} rounds`);
    const beginning = circumstances();
    for (const work of await part(bench)) {
      works[work.id] = { ...work, circumstances: beginning };
      for (const { name, reach, median, lowest, highest } of work.goals)
        console.log(
          [
            work.id,
            name,
            median.toFixed(3),
            `(${lowest.toFixed(3)} – ${highest.toFixed(3)})`,
            reach ?? '',
          ].join('  '),
        );
    }
    write({ notes, works });
  }
  print(`Written: ${LATEST}, ${DOCUMENT}`);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
try {
  await main(AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)]));
} catch (error) {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
