// Prints how long the kernel takes against native and hash-wasm, in Node and in workerd:
// `node argon2/measure.ts`, under a minute. Rounds are interleaved; compare ratios, not times.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { hashRawSync } from '@node-rs/argon2'
import { argon2id as hashWasm } from 'hash-wasm'
import { createArgon2Kernel } from '../src/adapters/argon2-kernel.ts'

const ROUNDS = 31
/** A fresh workerd is started in every fourth of them. */
const FRESH_EVERY = 4

const wasm = readFileSync(new URL('argon2id.wasm', import.meta.url))
const workerdPath: string = createRequire(import.meta.resolve('wrangler'))('workerd').default
const source = readFileSync(new URL('../src/adapters/argon2-kernel.ts', import.meta.url), 'utf8')

const password = new TextEncoder().encode('correct horse battery staple')
const salt = new Uint8Array(16).fill(7)
const costs = { memoryKiB: 19_456, iterations: 2, parallelism: 1, hashBytes: 32 }

const worker = `
  import { createArgon2Kernel } from './argon2id.js'
  import module from './argon2id.wasm'
  const kernel = createArgon2Kernel(module)
  const password = new TextEncoder().encode('correct horse battery staple')
  const salt = new Uint8Array(16).fill(7)
  const options = { password, salt, ...${JSON.stringify(costs)} }
  export default {
    fetch(request) {
      const times = Number(new URL(request.url).pathname.slice(1))
      for (let done = 0; done < times; done++) kernel.hash(options)
      return new Response('done')
    },
  }`

const native = () =>
  hashRawSync(password, { salt, algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 })

const byHashWasm = () =>
  hashWasm({
    password,
    salt,
    memorySize: costs.memoryKiB,
    iterations: costs.iterations,
    parallelism: 1,
    hashLength: 32,
    outputType: 'binary',
  })

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "argon2id.js", esModule = embed "argon2id.js"),
    (name = "argon2id.wasm", wasm = embed "argon2id.wasm"),
  ],
);`

type Workerd = { url: URL; stop(): void }

async function startWorkerd(folder: string): Promise<Workerd> {
  const command = ['serve', join(folder, 'config.capnp'), '--control-fd=1']
  const child = spawn(workerdPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    const { event, port } = JSON.parse(line)
    if (event === 'listen') {
      return { url: new URL(`http://127.0.0.1:${port}`), stop: () => child.kill() }
    }
  }
  throw new Error('workerd did not listen')
}

function writeWorker(folder: string): void {
  writeFileSync(join(folder, 'config.capnp'), config)
  writeFileSync(join(folder, 'worker.js'), worker)
  writeFileSync(join(folder, 'argon2id.js'), stripTypeScriptTypes(source))
  writeFileSync(join(folder, 'argon2id.wasm'), wasm)
}

// Timed from outside, less an empty request: the clock in a Worker need not run while it computes.
async function hashesInWorker(url: URL, times: number): Promise<number> {
  const empty: number[] = []
  for (let round = 0; round < 5; round++) empty.push(await timed(() => get(url, 0)))
  return (await timed(() => get(url, times))) - median(empty)
}

async function get(url: URL, times: number): Promise<void> {
  await (await fetch(new URL(`/${times}`, url))).text()
}

async function firstInFreshWorkerd(folder: string): Promise<number> {
  const workerd = await startWorkerd(folder)
  try {
    return await hashesInWorker(workerd.url, 1)
  } finally {
    workerd.stop()
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function print(name: string, times: number[], unit: number): void {
  const least = Math.min(...times)
  const middle = median(times)
  const figures = [`min ${least.toFixed(1)} ms`, `median ${middle.toFixed(1)} ms`]
  console.log(`${name.padEnd(28)} ${figures.join('  ')}  ${(middle / unit).toFixed(2)} x`)
}

const times = {
  native: [] as number[],
  inNode: [] as number[],
  inWorkerd: [] as number[],
  hashWasm: [] as number[],
  first: [] as number[],
}
const kernel = createArgon2Kernel(new WebAssembly.Module(wasm))
const inNode = () => kernel.hash({ password, salt, ...costs })
const folder = mkdtempSync(join(tmpdir(), 'argon2-'))
writeWorker(folder)
const workerd = await startWorkerd(folder)
try {
  for (let warm = 0; warm < 3; warm++) {
    await hashesInWorker(workerd.url, 2)
    inNode()
  }
  for (let round = 0; round < ROUNDS; round++) {
    times.native.push(await timed(native))
    times.inNode.push(await timed(inNode))
    times.inWorkerd.push((await hashesInWorker(workerd.url, 4)) / 4)
    times.hashWasm.push(await timed(byHashWasm))
    if (round % FRESH_EVERY === 0) times.first.push(await firstInFreshWorkerd(folder))
  }
} finally {
  workerd.stop()
  rmSync(folder, { recursive: true })
}

const unit = median(times.native)
console.log('m=19456 KiB t=2 p=1, one thread; x = times native')
print('native (@node-rs/argon2)', times.native, unit)
print('kernel in Node', times.inNode, unit)
print('kernel in workerd', times.inWorkerd, unit)
print('hash-wasm in Node', times.hashWasm, unit)
print('first in a fresh workerd', times.first, unit)
console.log(
  `first / later in workerd: ${(median(times.first) / median(times.inWorkerd)).toFixed(2)}`,
)
