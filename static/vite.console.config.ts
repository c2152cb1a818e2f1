/** The console: a build of its own, so that the phone's service worker has nothing to do with it. */
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'console',
  base: '/console/',
  publicDir: false,
  // Addresses stand as they are: what is shared lies at the root of the server.
  plugins: [vue({ template: { transformAssetUrls: false } })],
  worker: { format: 'es' },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // No inlined data: addresses, so that the content security policy can stay strict.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    // The form engine carries an eval of Emscripten's that never runs (our policy forbids it).
    rolldownOptions: {
      checks: { eval: false },
      input: ['console/index.html', 'console/preview.html'],
    },
    modulePreload: { polyfill: false },
  },
});
