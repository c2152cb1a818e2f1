/** Builds the outbox alone, as one module, for the tests that drive it without screens. */
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'es2022',
    lib: { entry: 'tests/outbox.ts', formats: ['es'], fileName: () => 'outbox.js' },
  },
  publicDir: false,
  logLevel: 'warn',
});
