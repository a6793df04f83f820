import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { html } from 'hono/html'
import { EVERY_MAIL, sampleMail, sampleRenderer } from '../test/support/mails.ts'

const renderMail = sampleRenderer()

/** Writes every mail in every language into a folder, and a page that shows them all. */
async function writeMails(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const written = await Promise.all(
    EVERY_MAIL.map(async ({ name, language }) => {
      const mail = await renderMail(sampleMail(name, language))
      const file = `${name}.${language}`
      writeFileSync(join(folder, `${file}.html`), mail.html)
      writeFileSync(join(folder, `${file}.txt`), `Subject: ${mail.subject}\n\n${mail.text}`)
      return { file, language, subject: mail.subject }
    }),
  )
  const index = html`<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Mails</title>
  <style>
    body { margin: 1rem; font: 16px/1.5 system-ui, sans-serif }
    iframe { width: 100%; height: 34rem; border: 1px solid #888 }
    main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22.5rem, 100%), 1fr)); gap: 1.5rem }
    h2 { margin: 0; font-size: 1rem }
  </style>
  <main>
    ${written.map(
      ({ file, language, subject }) => html`<section>
      <h2 lang="${language}">${subject}</h2>
      <a href="${file}.html">${file}.html</a> <a href="${file}.txt">text</a>
      <iframe sandbox src="${file}.html" title="${file}"></iframe>
    </section>`,
    )}
  </main>
</html>
`
  writeFileSync(join(folder, 'index.html'), `${await index}`)
  return written.map(({ file }) => file)
}

const { positionals } = parseArgs({ allowPositionals: true })
const folder = resolve(positionals[0] ?? 'dist/mails')
const { length } = await writeMails(folder)
console.log(`${length} mails: ${join(folder, 'index.html')}`)
