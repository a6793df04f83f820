// Compiles the kernel: `node argon2/build.ts [output]`. The pinned compiler gives the same bytes
// everywhere.

import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = fileURLToPath(new URL('.', import.meta.url))
const output = process.argv[2] ?? 'argon2id.wasm'

// One page for the working values, then at most 64 MiB of blocks.
const maximumPages = 1 + 1024

// No --memoryBase: where nothing lies below 1024, which is so without, the compiler may put an
// address's constant part into the instruction.
// biome-ignore format: an option a line
const options = [
  'argon2id.ts',
  '--baseDir', folder,
  '--outFile', output,
  '-O3',
  '--noAssert',
  '--runtime', 'stub',
  '--use', 'abort=',
  '--enable', 'simd',
  '--enable', 'relaxed-simd',
  '--enable', 'bulk-memory',
  '--initialMemory', '1',
  '--maximumMemory', String(maximumPages),
]

const { error, stderr } = await asc.main(options)
if (error) throw new Error(stderr.toString() || error.message)
