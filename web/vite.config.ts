import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** One chunk serves the whole page: it is fetched once and kept. */
const LARGEST_CHUNK_KB = 600;

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), tailwindcss()],
  // `source` lets `#contract/x.js` resolve to the TypeScript it is written in.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The server's content security policy allows no inline script, style or data address.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: LARGEST_CHUNK_KB,
  },
});
