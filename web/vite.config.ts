import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const page = (name: string): string => fileURLToPath(new URL(`${name}.html`, import.meta.url))

const WORKER = 'scan-worker'

// One HTML file for each page; api/pages serves what is built, and says which address shows which file.
export default defineConfig({
  build: {
    outDir: '../api/pages/built',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Inlined files would be data: URLs, which the pages' Content-Security-Policy refuses.
    assetsInlineLimit: 0,
    // The pages' own budget is checked by steps/finish.ts; GraphiQL's editor is large, and is what it is.
    chunkSizeWarningLimit: 10_000,
    manifest: true,
    rolldownOptions: {
      input: {
        index: page('index'),
        graphiql: page('graphiql'),
        scan: page('scan'),
        [WORKER]: fileURLToPath(new URL('src/scan/offline/worker/worker.ts', import.meta.url)),
      },
      // A service worker answers for what is below its own address, and keeps it from build to build.
      output: { entryFileNames: ({ name }) => (name === WORKER ? `${WORKER}.js` : 'assets/[name]-[hash].js') },
      // GraphiQL's libraries are marked for servers that render React, which nobody does here.
      onLog: (level, log, tell) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : tell(level, log)),
    },
  },
  // Its workers are Vite's own imports, which bundling beforehand can't read.
  optimizeDeps: { exclude: ['graphiql/setup-workers/vite', '@graphiql/react/setup-workers/vite'] },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/print', '/reports'].map((path) => [path, { target: process.env.BACKFILL_URL ?? 'http://127.0.0.1:8000', ws: true }]),
    ),
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
