import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { DocsAsset } from '../utils/docs-assets.ts'

const { resolve } = createRequire(import.meta.url)

/** Reads a file of the docs page. The nearest package.json says where it is: beside the bundle, or among the packages. */
export async function readDocsAsset(name: DocsAsset): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(resolve(`#docs/${name}`)))
}
