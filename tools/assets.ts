import { copyFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DOCS_ASSETS, PAGES_ASSETS } from '../src/utils/docs-assets.ts'

const COMMON_PASSWORDS = 'common-passwords.bin'

const { resolve } = createRequire(import.meta.url)

/** Copies every file that the docs page and the pages for people load into a folder. Where each comes from is in package.json, as `#docs/…`. */
export async function copyDocsAssets(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const names = [...Object.keys(DOCS_ASSETS), ...PAGES_ASSETS]
  await Promise.all(names.map((name) => copyFile(resolve(`#docs/${name}`), join(folder, name))))
}

/** Copies the filter of common passwords into a folder. Where it comes from is in package.json, as `#passwords/…`. */
export async function copyCommonPasswords(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await copyFile(resolve(`#passwords/${COMMON_PASSWORDS}`), join(folder, COMMON_PASSWORDS))
}
