import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EVERY_MAIL, sampleMail, sampleRenderer } from '../support/mails.ts'

const run = promisify(execFile)
const HOOK = './tools/load-tsx.ts'
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-auth-tsx-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Each command that has Node run a file of TypeScript, and the file. */
const commands = Object.entries(scripts)
  .flatMap(([name, script]) => script.split('&&').map((command) => ({ name, command })))
  .flatMap(({ name, command }) => {
    const words = command.trim().split(/\s+/)
    const file = words.find((word, at) => /\.tsx?$/.test(word) && words[at - 1] !== '--import')
    return file === undefined ? [] : [{ name, command, file }]
  })

/** The files that a file can load, by import of any kind but those of types. */
function loadedBy(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return known
  known.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(
    /(?:^(?:import|export) (?!type\b)[^']*?|\bimport\()'(\.[^']+)'/gm,
  )
  for (const [, path = ''] of imports) {
    loadedBy(relative('.', resolve(dirname(file), path)), known)
  }
  return known
}

it('a command that can load .tsx has it translated, and no other pays for that', () => {
  expect(commands.length).toBeGreaterThan(10)
  const needing = commands.filter(({ file }) => [...loadedBy(file)].some((one) => /x$/.test(one)))
  expect(needing.map(({ name }) => name)).toContain('mails')
  const apps = commands.filter(({ file }) => loadedBy(file).has('src/app.ts'))
  expect(apps.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['dev:node', 'check:openapi', 'bench']),
  )
  const hooked = commands.filter(({ command }) => command.includes(`--import ${HOOK}`))
  const expected = [...new Set([...needing, ...apps])].map(({ name }) => name)
  expect(hooked.map(({ name }) => name).sort()).toEqual(expected.sort())
})

it('npm run mails writes each mail, the same as is sent, and a page that shows them', async () => {
  await run('npm', ['run', 'mails', '--', folder])
  const files = readdirSync(folder)
  const names = EVERY_MAIL.map(({ name, language }) => `${name}.${language}`)
  expect(files.sort()).toEqual(
    ['index.html', ...names.flatMap((name) => [`${name}.html`, `${name}.txt`])].sort(),
  )
  const index = readFileSync(join(folder, 'index.html'), 'utf8')
  for (const { name, language } of EVERY_MAIL) {
    const { html, text, subject } = await sampleRenderer()(sampleMail(name, language))
    const written = (kind: string) => readFileSync(join(folder, `${name}.${language}.${kind}`))
    expect(written('html').toString()).toBe(html)
    expect(written('txt').toString()).toBe(`Subject: ${subject}\n\n${text}`)
    expect(index).toContain(`src="${name}.${language}.html"`)
  }
})

it('a bundle renders what the sources do', async () => {
  const outfile = join(folder, 'mails.mjs')
  const entryPoints = ['test/support/mails.ts']
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', minify: true })
  const bundled = await import(/* @vite-ignore */ outfile)
  for (const { name, language } of EVERY_MAIL) {
    const due = sampleMail(name, language)
    expect(await bundled.sampleRenderer()(due)).toEqual(await sampleRenderer()(due))
  }
})

it('a fault in .tsx is named by file and line', async () => {
  const file = join(folder, 'thrown.tsx')
  writeFileSync(file, 'type Shape = { a: 1 }\n\nthrow new Error("on the third line")\n')
  const args = ['--enable-source-maps', '--import', HOOK, file]
  const { stderr } = await run(process.execPath, args).catch((failed: { stderr: string }) => failed)
  expect(stderr).toContain(`${file}:3`)
})
