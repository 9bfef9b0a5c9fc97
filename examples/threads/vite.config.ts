// Builds the pages of Threads, from the sources of the workspace packages.
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const backend = process.env.THREADS_BACKEND ?? 'http://127.0.0.1:4100'

export default defineConfig({
  base: '/',
  plugins: [react()],
  resolve: { conditions: ['source', ...defaultClientConditions], dedupe: ['yjs'] },
  build: { outDir: 'dist', target: ['chrome123', 'firefox121', 'safari17.5'] },
  server: { proxy: { '/api': backend } },
})
