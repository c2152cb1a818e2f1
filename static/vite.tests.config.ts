/** Builds one of `tests/` alone, as one module: `vite build --mode outbox`, `--mode engine`. */
import { defineConfig } from 'vite';

export default defineConfig(({ mode }) => ({
  build: {
    target: 'es2022',
    lib: { entry: `tests/${mode}.ts`, formats: ['es'], fileName: () => `${mode}.js` },
    // The form engine carries an eval of Emscripten's that never runs.
    rolldownOptions: { checks: { eval: false }, output: { codeSplitting: false } },
  },
  publicDir: false,
  logLevel: 'warn',
}));
