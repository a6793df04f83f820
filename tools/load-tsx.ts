import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

const tsconfigRaw = readFileSync(new URL('../tsconfig.json', import.meta.url), 'utf8')

// Loaded before a command (node --import) that runs the service's sources: Node strips the types of .ts, but not of .tsx.
registerHooks({
  load(url, context, nextLoad) {
    const { protocol, pathname } = new URL(url)
    if (protocol !== 'file:' || !pathname.endsWith('.tsx')) return nextLoad(url, context)
    const sourcefile = fileURLToPath(new URL(pathname, url))
    const { code } = transformSync(readFileSync(sourcefile, 'utf8'), {
      loader: 'tsx',
      format: 'esm',
      target: 'es2024',
      sourcemap: 'inline',
      sourcefile,
      tsconfigRaw,
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
