import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

export default defineConfig({
  plugins: [
    vue(),
    VitePWA({
      // A new version is offered, never forced in the middle of a form.
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        id: '/',
        name: '销号通',
        short_name: '销号通',
        description: '隐患随手拍、检查、整改、销号',
        lang: 'zh-CN',
        start_url: '/',
        display: 'standalone',
        orientation: 'portrait',
        background_color: '#ffffff',
        theme_color: '#0b5cad',
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,wasm,png,svg,webmanifest}'],
        // What is of use with a network only, and pictures of Leaflet's that nothing here shows.
        globIgnores: ['assets/CollectCard-*', 'assets/layers*', 'assets/marker-icon*'],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/console/, /^\/api\//, /^\/openrosa/, /^\/key\//, /^\/healthz/, /^\/readyz/],
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
        cleanupOutdatedCaches: true,
        // So that a first visit is ready for no network without another start.
        clientsClaim: true,
      },
    }),
  ],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // No inlined data: addresses, so that the content security policy can stay strict.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    // The form engine carries an eval of Emscripten's that never runs (our policy forbids it).
    rolldownOptions: { checks: { eval: false } },
    modulePreload: { polyfill: false },
  },
});
