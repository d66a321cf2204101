/**
 * P3: a connect scan of all ports of 127.0.0.1, in a network namespace that has loopback alone, by our two engines,
 * by nmap and by what else was built, alternately.
 */
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { runWell } from '../service/program.ts';
import { type Bench, serialized } from '../support/bench.ts';
import { withListener } from '../support/listener.ts';
import { inside, withLoopback } from '../support/namespaces.ts';
import { type Goal, goalOf, present, type Run, ratios, type Work } from '../support/work.ts';

const SCANS = join(import.meta.dirname, 'connect-scan.ts');
const LIMIT_MS = 120_000;
/** Some are ephemeral ports, where a scanner can connect to itself. */
const OPEN_PORTS: readonly number[] = [22, 80, 443, 5_432, 8_080, 33_000, 40_000, 50_000, 60_500, 65_000];

const scan = z.object({ tookMs: z.number(), open: z.array(z.number()) });

function runOf(tookMs: number, ports: Iterable<number>, programMs: number): Run {
  const open = new Set(ports);
  const right = OPEN_PORTS.filter((port) => open.has(port)).length;
  return {
    value: Math.round(tookMs),
    recall: right / OPEN_PORTS.length,
    falseFound: open.size - right,
    details: {
      programMs: Math.round(programMs),
      ...(open.size > right
        ? { falseOpen: [...open].filter((port) => !OPEN_PORTS.includes(port)).join(' ') }
        : {}),
    },
  };
}

/** Runs a scanner in the namespace; `read` returns its own time, if it reports one, and its open ports. */
function contender(
  { bench, namespace }: { readonly bench: Bench; readonly namespace: string },
  texts: readonly string[],
  read: (output: string) => { readonly tookMs?: number; readonly open: Iterable<number> },
): () => Promise<Run> {
  return async () => {
    const startedAtMs = performance.now();
    const output = await runWell(inside(namespace, texts), { signal: bench.signal, limitMs: LIMIT_MS });
    const programMs = performance.now() - startedAtMs;
    const { tookMs = programMs, open } = read(output);
    return runOf(tookMs, open, programMs);
  };
}

function readNmap(output: string) {
  const seconds = /scanned in ([\d.]+) seconds/.exec(output)?.[1];
  if (seconds === undefined) throw new Error(`nmap reported no duration:\n${output}`);
  const open = [...output.matchAll(/^(\d+)\/tcp +open/gm)].map((match) => Number(match[1]));
  return { tookMs: Number(seconds) * 1_000, open };
}

/** `127.0.0.1 -> [80,443]` */
const readRustScan = (output: string) => ({
  open: (/\[([\d,\s]*)\]/.exec(output)?.[1] ?? '').split(',').filter(Boolean).map(Number),
});

/** `127.0.0.1:80`, one a line */
const readNaabu = (output: string) => ({
  open: [...output.matchAll(/^127\.0\.0\.1:(\d+)/gm)].map((match) => Number(match[1])),
});

function contenders(bench: Bench, namespace: string): Record<string, () => Promise<Run>> {
  const place = { bench, namespace };
  const own = (name: string) =>
    contender(place, [process.execPath, '--conditions=source', SCANS, name], (output) =>
      scan.parse(JSON.parse(output)),
    );
  const all: Record<string, () => Promise<Run>> = {
    'this program': own('native'),
    nmap: contender(place, ['nmap', '-n', '-Pn', '-sT', '-T5', '-p-', '127.0.0.1'], readNmap),
    'this program, portable': own('portable'),
  };
  const { rustscan, naabu } = bench.peers;
  if (rustscan !== undefined) {
    const texts = [rustscan, '--no-config', '--no-banner', '--greppable', '--scripts', 'none'];
    texts.push('-b', '4000', '--ulimit', '8000', '-r', '1-65535', '-a', '127.0.0.1');
    all['RustScan'] = contender(place, texts, readRustScan);
  }
  if (naabu !== undefined) {
    const texts = [naabu, '-disable-update-check', '-silent', '-no-stdin', '-scan-type', 'c'];
    texts.push('-rate', '100000', '-c', '1000', '-p', '-', '-host', '127.0.0.1');
    all['naabu'] = contender(place, texts, readNaabu);
  }
  return all;
}

export async function measureConnect(bench: Bench): Promise<readonly Work[]> {
  const runs = await withLoopback('connect', (namespace) =>
    withListener(namespace, OPEN_PORTS, () => serialized(bench, contenders(bench, namespace))),
  );
  const ours = runs['this program'] ?? [];
  const { RustScan, naabu } = runs;
  return [
    {
      id: 'P3',
      title: 'Connect scan of 65,535 ports of loopback',
      unit: 'ms',
      rounds: bench.rounds,
      runs,
      goals: present<Goal>([
        goalOf('time of this program / nmap (target: 0.8)', ratios(ours, runs['nmap']), { most: 1 }),
        goalOf(
          'recall of this program',
          ours.map(({ recall }) => recall ?? 0),
          { least: 1, always: true },
        ),
        goalOf(
          'false open of this program',
          ours.map(({ falseFound }) => falseFound ?? 0),
          { most: 0, always: true },
        ),
        goalOf('time of the portable engine / nmap', ratios(runs['this program, portable'], runs['nmap'])),
        goalOf('time of this program / RustScan', ratios(ours, RustScan)),
        goalOf('time of this program / naabu', ratios(ours, naabu)),
      ]),
      how: [
        `All TCP ports of 127.0.0.1 in a network namespace with loopback alone; ${OPEN_PORTS.length} are open (${OPEN_PORTS.join(', ')}), all others refuse.`,
        'This program: its engine alone, from the first probe to the last result, with its default timeouts and no rate limit. nmap: `-n -Pn -sT -T5 -p-`, the time it reports itself. RustScan (`-b 4000`, no scripts) and naabu (`-scan-type c -rate 100000 -c 1000`, no update check): from the start of the program to its end. Every run also contains the total time of the program as `programMs`.',
      ],
      unspecified: [
        'A network with delay or loss: on loopback the kernel’s connect is the limit.',
        'This program’s figure excludes the start of Node.js, 0.2 s or more. `scanorama scan` also starts a database and stores.',
      ],
      absent: bench.absent,
    },
  ];
}
