/** Scanners that no distribution ships: built at one version each, outside of the checkout, on request. */
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ended, type RunOptions, start } from '../service/program.ts';

const BUILD_LIMIT_MS = 1_800_000;

interface Recipe {
  readonly version: string;
  readonly program: string;
  readonly build: (folder: string) => readonly string[];
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  naabu: {
    version: '2.3.1',
    program: 'naabu',
    // libpcap's headers are needed too. Go finds the folder through its environment.
    build: (folder) => [
      'env',
      `GOBIN=${join(folder, 'bin')}`,
      'go',
      'install',
      'github.com/projectdiscovery/naabu/v2/cmd/naabu@v2.3.1',
    ],
  },
  rustscan: {
    version: '2.4.1',
    program: 'rustscan',
    build: (folder) => ['cargo', 'install', 'rustscan', '--version', '2.4.1', '--locked', '--root', folder],
  },
};

export const PEERS: readonly string[] = Object.keys(RECIPES);

export interface Peers {
  /** The program of each that was built. */
  readonly programs: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
}

async function build(name: string, recipe: Recipe, signal: AbortSignal): Promise<string | undefined> {
  const folder = join(tmpdir(), 'scanorama-bench-peers', `${name}-${recipe.version}`);
  const program = join(folder, 'bin', recipe.program);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const options: RunOptions = { signal, limitMs: BUILD_LIMIT_MS };
  // The toolchains keep their settings and caches where the caller's HOME is.
  const home = ['nice', '-n', '19', 'env', `HOME=${process.env['HOME'] ?? folder}`];
  const { errors } = await ended(start([...home, ...recipe.build(folder)]), options);
  if (existsSync(program)) return program;
  const why = errors.trim().split('\n').at(-1) ?? '';
  throw new Error(
    why
      .replace(/https?:\/\/\S+/g, '')
      .trim()
      .slice(0, 200) || 'the build left no program',
  );
}

/** Builds the requested ones; one that cannot be built is absent, and the reason is kept for the table. */
export async function buildPeers(
  wanted: readonly string[],
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<Peers> {
  const programs: Record<string, string> = {};
  const absent: Record<string, string> = {};
  for (const [name, recipe] of Object.entries(RECIPES)) {
    if (!wanted.includes(name)) {
      absent[name] = `not requested; \`--peers ${name}\` builds it`;
      continue;
    }
    print(`Building ${name} ${recipe.version}, unless it is there …`);
    try {
      programs[name] = (await build(name, recipe, signal)) ?? '';
    } catch (error) {
      signal.throwIfAborted();
      absent[name] =
        `could not be built on this machine: ${error instanceof Error ? error.message : String(error)}`;
      print(`  ${name} ${absent[name]}`);
    }
  }
  return { programs, absent };
}
