import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const CONDITIONS = ['source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS } },
  // The environment that runs the global setup.
  environments: { __vitest__: { resolve: { conditions: CONDITIONS } } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/global-setup.ts'],
    // One worker for many files: loading the program anew for each took 1.3 s of processor time, over 190 files four minutes.
    isolate: false,
    // Files wait for servers, timers and packets more than they compute: with 4 workers on 2 processors a third was idle.
    maxWorkers: Math.max(6, availableParallelism()),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
