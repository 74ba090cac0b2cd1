import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

// What is built holds no inline script or style, so that it runs under a strict Content-Security-Policy.
export default defineConfig({
  root: file('.'),
  base: './',
  publicDir: false,
  resolve: { alias: { '@roomcast/client': file('../client/src/index.ts') } },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: [file('index.html'), file('broadcast.html')] },
  },
  // `npm run dev -w web` beside `npm start`: the page from here, everything else from there.
  server: {
    proxy: Object.fromEntries(
      ['/config.json', '/broadcastmessage'].map((path) => [path, 'http://127.0.0.1:3000']),
    ),
  },
});
