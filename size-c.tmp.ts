import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'
import { writeFileSync, rmSync } from 'node:fs'
async function size(contents: string, label: string, detail = false) {
  const r = await build({ stdin: { contents, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, format: 'esm', target: 'es2022', minify: true, write: false, metafile: true, external: ['*-calls.ts', ...(process.env.EXT ?? '').split(',').filter(Boolean)], outfile: 'x.js',
   plugins: [{ name: 'lazy', setup(b) { b.onResolve({ filter: /.*/ }, (a) => a.kind === 'dynamic-import' ? { external: true, path: a.path } : undefined) } }] })
  const out = Object.values(r.metafile.outputs)[0]
  console.log(label, out.bytes, gzipSync(r.outputFiles[0].text, { level: 9 }).length)
  if (detail) for (const [k, v] of Object.entries(out.inputs).sort((a,b)=>b[1].bytesInOutput-a[1].bytesInOutput)) console.log('  ', v.bytesInOutput, k)
}
await size(`export { createAuthClient } from './client/index.ts'`, 'create', true)
await size(`export * from './client/index.ts'`, 'all')
