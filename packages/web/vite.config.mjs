import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

// The build has no inline scripts or styles, so the pages work with a strict Content-Security-Policy.
export default defineConfig({
  root: file('.'),
  base: './',
  publicDir: false,
  resolve: { alias: { '@roomcast/client': file('../client/src/index.ts') } },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: [file('index.html'), file('broadcast.html'), file('src/service-worker.ts')],
      // The scope of a service worker is its folder. Its name stays the same, so that browsers update it.
      output: {
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  // For `npm run dev -w @roomcast/web`: forwards API requests to the runtime that `npm start` started on port 3000.
  server: {
    proxy: Object.fromEntries(
      ['/config.json', '/broadcastmessage'].map((path) => [path, 'http://127.0.0.1:3000']),
    ),
  },
});
