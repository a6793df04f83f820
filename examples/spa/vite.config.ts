import { defineConfig } from 'vite'

export default defineConfig({
  server: { port: Number(process.env.PORT ?? 5173), strictPort: true },
  // The client is a link to a folder outside. As a package of node_modules it shares this app's React.
  resolve: { preserveSymlinks: true },
})
