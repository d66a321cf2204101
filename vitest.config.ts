import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const CONDITIONS = ['source', 'module', 'node', 'development|production'];

const INCLUDED = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'];
/** Rooms whose tests open nothing: no socket, no process, no database. */
const PURE = ['domain', 'packet', 'contract', 'cli', 'store', 'report', 'config', 'telemetry', 'work', 'api'];
const UNIT = [...PURE.map((room) => `src/${room}/**/*.test.ts`), 'web/**/*.test.ts', 'test/tidy/*.test.ts'];

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS } },
  // The environment that runs the global setup.
  environments: { __vitest__: { resolve: { conditions: CONDITIONS } } },
  test: {
    environment: 'node',
    // Files wait for servers, timers and packets more than they compute: with 2 workers on 2 processors the load was 1.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      {
        extends: true,
        // One worker for many files: 46 s of processor time for 143 of them, and 86 s with a fresh one for each.
        test: { name: 'unit', include: UNIT, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: INCLUDED,
          exclude: [...UNIT, '**/node_modules/**'],
          globalSetup: ['test/global-setup.ts'],
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
