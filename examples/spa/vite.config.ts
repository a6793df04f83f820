import { defineConfig } from 'vite'

export default defineConfig({
  server: { port: 5173 },
  // The client is a link to a folder outside. As a package of node_modules it shares this app's React.
  resolve: { preserveSymlinks: true },
})
