import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { DocsAsset } from '../utils/docs-assets.ts'

const { resolve } = createRequire(import.meta.url)

const read = new Map<DocsAsset, Promise<Uint8Array<ArrayBuffer>>>()

/**
 * Reads a file of the docs page once. All answers share its bytes, for many may wait for clients that do not read. The
 * nearest package.json says where it is: beside the bundle, or among the packages.
 */
export function readDocsAsset(name: DocsAsset): Promise<Uint8Array<ArrayBuffer>> {
  const known = read.get(name)
  if (known) return known
  const bytes = readFile(resolve(`#docs/${name}`)).then((content) => new Uint8Array(content))
  read.set(name, bytes)
  // The next one tries again.
  bytes.catch(() => read.delete(name))
  return bytes
}
