import { defineConfig } from 'vite';
import { buildId } from './scripts/build-id.ts';

/** What is run by itself, by its name below `src` and `dist`; the last ones are imported by `bench/service/serve-start.ts` alone. */
const PROGRAMS = [
  'cli/main',
  'prober/main',
  'scan/raw-engine/raw-thread',
  'app/torture-guard-main',
  'app/serve/serve',
  'api/server',
  'jobs/queue',
];
const CONDITIONS = ['source', 'module', 'node', 'development|production'];

/**
 * The program and the libraries it uses, in some dozens of files: to find and load a thousand small ones took half of the
 * time of a command. Types are checked elsewhere (`scripts/test.ts`).
 */
export default defineConfig({
  define: { SCANORAMA_BUILD: JSON.stringify(buildId()) },
  resolve: { conditions: CONDITIONS },
  ssr: {
    resolve: { conditions: CONDITIONS },
    noExternal: true,
    // A C library, and a table that is read as a file.
    external: ['koffi', 'oui-data'],
  },
  build: {
    ssr: true,
    target: 'node22',
    // What was built before is swapped for this as a whole.
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: Object.fromEntries(PROGRAMS.map((name) => [name, `src/${name}.ts`])),
      // Node keeps what it compiled by the names of files: one that changed takes the place of the one before.
      output: { entryFileNames: '[name].js', chunkFileNames: 'parts/[name].js' },
    },
  },
});
