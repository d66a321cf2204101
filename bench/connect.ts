/**
 * P3: a connect scan of all ports of 127.0.0.1, the engine alone, against `nmap -n -Pn -sT -T5 -p-`, both as programs
 * that are started for it; the engine's time is from its first probe to its last result, nmap's is its own figure.
 *
 *   node --conditions=source bench/connect.ts [rounds]
 *
 * Prints JSON.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { circumstances, inTurn, median } from './in-turn.ts';

const run = promisify(execFile);
const SCANS = join(import.meta.dirname, 'connect-scan.ts');
const scan = z.object({ tookMs: z.number(), open: z.array(z.number()) });
const MAX_OUTPUT_BYTES = 16_777_216;

/** What each scan says of itself, in milliseconds, and whether it found what the others found. */
const found: Record<string, Set<string>> = {};

async function engine(name: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['--conditions=source', SCANS, name], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  const { tookMs, open } = scan.parse(JSON.parse(stdout));
  (found[name] ??= new Set()).add(open.join(' '));
  return tookMs;
}

async function nmap(): Promise<number> {
  const { stdout } = await run('nmap', ['-n', '-Pn', '-sT', '-T5', '-p-', '127.0.0.1']);
  const seconds = /scanned in ([\d.]+) seconds/.exec(stdout)?.[1];
  if (seconds === undefined) throw new Error(`nmap did not say how long it took:\n${stdout}`);
  const open = [...stdout.matchAll(/^(\d+)\/tcp +open/gm)].map((match) => match[1]);
  (found['nmap'] ??= new Set()).add(open.join(' '));
  return Number(seconds) * 1_000;
}

const tookMs = await inTurn(Number(process.argv[2] ?? 0), {
  native: () => engine('native'),
  nmap,
  portable: () => engine('portable'),
});
const medianMs = Object.fromEntries(Object.entries(tookMs).map(([name, took]) => [name, median(took)]));
const ratio = (name: string) =>
  Math.round(((medianMs[name] ?? Number.NaN) / (medianMs['nmap'] ?? Number.NaN)) * 100) / 100;
process.stdout.write(
  `${JSON.stringify(
    {
      work: 'P3: connect scan, 65,535 ports of 127.0.0.1',
      ...circumstances(),
      tookMs,
      medianMs,
      ratio: { native: ratio('native'), portable: ratio('portable') },
      open: Object.fromEntries(Object.entries(found).map(([name, lists]) => [name, [...lists]])),
      reach: 'native ≤ 1.0, better 0.8',
    },
    null,
    2,
  )}\n`,
);
