import { argon2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hashRawSync } from '@node-rs/argon2'
import { argon2id as hashWasm } from 'hash-wasm'
import type { Argon2KernelOptions } from '../../src/adapters/argon2-kernel.ts'

export const kernelModule = new WebAssembly.Module(
  readFileSync(new URL('../../argon2/argon2id.wasm', import.meta.url)),
)

export const cheap: Argon2KernelOptions = {
  password: new TextEncoder().encode('correct horse'),
  salt: new Uint8Array(16).fill(7),
  memoryKiB: 64,
  iterations: 1,
  parallelism: 1,
  hashBytes: 32,
}

/** The hash by OpenSSL, which alone takes associated data, in hexadecimal. */
export function byNodeCrypto(options: Argon2KernelOptions): string {
  const { password, salt, secret, associatedData } = options
  const { parallelism, memoryKiB: memory, iterations: passes, hashBytes: tagLength } = options
  const parameters = { message: password, nonce: salt, parallelism, memory, passes, tagLength }
  const extras = { ...(secret && { secret }), ...(associatedData && { associatedData }) }
  return hex(argon2Sync('argon2id', { ...parameters, ...extras }))
}

/** The hash by the native module that the service uses on Node, in hexadecimal. */
export function byNodeRs({ password, salt, secret, ...costs }: Argon2KernelOptions): string {
  const hash = hashRawSync(password, {
    algorithm: 2,
    salt,
    memoryCost: costs.memoryKiB,
    timeCost: costs.iterations,
    parallelism: costs.parallelism,
    outputLen: costs.hashBytes,
    ...(secret && { secret }),
  })
  return hex(hash)
}

/** The hash by the WebAssembly that Node falls back on, in hexadecimal. */
export function byHashWasm({
  password,
  salt,
  secret,
  ...costs
}: Argon2KernelOptions): Promise<string> {
  return hashWasm({
    password,
    salt,
    memorySize: costs.memoryKiB,
    iterations: costs.iterations,
    parallelism: costs.parallelism,
    hashLength: costs.hashBytes,
    outputType: 'hex',
    ...(secret && { secret }),
  })
}

/** The parameters and the lengths of the inputs, to find a failing case again. */
export function describeCase(options: Argon2KernelOptions): string {
  const { password, salt, secret, associatedData, ...costs } = options
  const lengths = [password, salt, secret, associatedData].map((bytes) => bytes?.length)
  return `${JSON.stringify(costs)} lengths ${lengths}`
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
