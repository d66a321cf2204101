import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const CONDITIONS = ['source', 'module', 'node', 'development|production'];

const INCLUDED = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'];
/**
 * Asks every ephemeral port of loopback: servers that tests beside it start for a moment would be found open, and those
 * that count who comes would count one too many.
 */
const SWEEPS = ['src/net/probe/ports/self-connection.test.ts'];
/** Files that fake the timers of the process: what a file before them left running would wait in vain, or be counted. */
const FAKES_TIMERS = INCLUDED.flatMap((pattern) => globSync(pattern, { cwd: import.meta.dirname })).filter(
  (file) => readFileSync(join(import.meta.dirname, file), 'utf8').includes('useFakeTimers('),
);

// Workers, and programs that tests start from their sources, find again what was compiled: 0.4 s of processor time off a start.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

/** Folders whose files take the longest: begun last, one of them would run alone at the end. */
const SLOW = ['/test/lab/', '/test/faults/', '/test/front-door/', '/test/e2e/', '/test/integration/'];

function rankOf({ moduleId }: TestSpecification): number {
  const index = SLOW.findIndex((folder) => moduleId.includes(folder));
  return index === -1 ? SLOW.length : index;
}

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS } },
  // The environment that runs the global setup.
  environments: { __vitest__: { resolve: { conditions: CONDITIONS } } },
  test: {
    environment: 'node',
    // Files wait for servers, timers and packets more than they compute: with 4 workers on 2 processors a third was idle.
    maxWorkers: Math.max(5, availableParallelism()),
    // Programs that tests start from their source were stripped of types and compiled anew each time.
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'compiled'),
      // Of a locale that the machine does not have, every shell complains on stderr.
      LC_ALL: 'C',
    },
    // What hangs is told late, and what is slow on a busy machine is not told at all: hooks were seen to take 40 s there.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A state is waited for, not a second, which is nothing where five workers share two processors.
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: SlowFirst },
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      {
        extends: true,
        // One worker for many files: loading the program anew for each took 1.3 s of processor time.
        test: {
          name: 'together',
          include: INCLUDED,
          exclude: [...SWEEPS, ...FAKES_TIMERS, '**/node_modules/**'],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: FAKES_TIMERS } },
      // Once all others are through.
      { extends: true, test: { name: 'alone', include: SWEEPS, sequence: { groupOrder: 1 } } },
    ],
  },
});
