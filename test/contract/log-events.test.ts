import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CREDENTIAL_OUTCOMES } from '../../src/errors.ts'
import { createTestApp } from '../support/runtime.ts'

const PAGE = readFileSync('docs/log.md', 'utf8')
/** The one call whose event is no literal: the code of a problem of the service's own. */
const BY_CODE = ['internal_error', 'overloaded', 'provider_failed', 'service_unavailable']

function rowsUnder(header: string): string[][] {
  const [, table = ''] = PAGE.split(new RegExp(`\\n\\| ${header} .*\\n`))
  const lines = table.split('\n\n')[0]?.split('\n').slice(1) ?? []
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

it('docs/log.md lists every event that the sources log, at its level', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(`src/${path}`, 'utf8'))
  const logged = sources.flatMap((text) =>
    [...text.matchAll(/\b(info|warn|error)(?:(?:\?\.)?\(|',)\s*'(\w+)'/g)].map(
      ([, level, event]) => `${event} ${level}`,
    ),
  )
  expect(logged.length).toBeGreaterThan(8)
  const listed = rowsUnder('event').map(([event = '', level]) => `${event.slice(1, -1)} ${level}`)
  const known = [...new Set(logged), ...BY_CODE.map((code) => `${code} error`)]
  expect(listed.sort()).toEqual(known.sort())
})

it('docs/log.md lists every field of the line of a request', async () => {
  const t = await createTestApp()
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await t.request('/health', { headers: { traceparent } })
  await t.close()
  const { time, level, event, ...fields } = t.log.at(-1) ?? {}
  const [, , , listed = ''] = rowsUnder('event').find(([name]) => name === `\`${event}\``) ?? []
  expect(listed).toBe(
    Object.keys(fields)
      .map((name) => `\`${name}\``)
      .join(' '),
  )
  expect([event, level, typeof time]).toEqual(['request', 'info', 'string'])
})

it('docs/log.md lists every outcome of a refused credential', () => {
  const listed = rowsUnder('outcome').map(([name = '', meaning]) => [name.slice(1, -1), meaning])
  expect(Object.fromEntries(listed)).toEqual(CREDENTIAL_OUTCOMES)
})
