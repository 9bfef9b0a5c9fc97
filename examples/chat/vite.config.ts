// Builds the chat page for the path /chat/, from the sources of the workspace packages.
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const server = 'http://127.0.0.1:4000'

export default defineConfig({
  base: '/chat/',
  plugins: [react()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: { outDir: 'dist', target: ['chrome123', 'firefox121', 'safari17.5'] },
  server: { proxy: { '/dev': server, '/nowcast': { target: server, ws: true } } },
})
