import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { AUDIT_EVENTS, type AuditEvent, outcomeOf } from '../../src/core/audit/events.ts'
import { DRIVEN_ELSEWHERE } from '../support/audit.ts'

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(`${folder}/${path}`, 'utf8') }))
const EVENTS = Object.keys(AUDIT_EVENTS) as AuditEvent[]

it('docs/audit.md lists every event, with its outcome and meaning', () => {
  const page = readFileSync('docs/audit.md', 'utf8')
  const [, table = ''] = page.split(/\n\| event +\| outcome .*\n/)
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(1)
  const listed = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  expect(listed.map(([, event, outcome, meaning]) => [event, outcome, meaning])).toEqual(
    EVENTS.map((event) => [`\`${event}\``, outcomeOf(event), AUDIT_EVENTS[event]]),
  )
})

it('an event that the journey does not cause is caused by the tests of its feature', () => {
  const recorded = filesIn('src').flatMap(({ text }) =>
    [...text.matchAll(/\bevent: '(\w+)'/g)].map(([, event]) => event),
  )
  const expected = filesIn('test/features')
    .filter(({ path }) => path !== 'admin-audit.test.ts')
    .map(({ text }) => text)
    .join()
  expect(recorded).toContain('session_opened')
  for (const event of DRIVEN_ELSEWHERE.filter((one) => recorded.includes(one))) {
    expect(expected, event).toMatch(new RegExp(`\\b${event}\\b`))
  }
})

it('every event of the list is recorded by the sources, once the features that it is of are there', () => {
  const all = filesIn('src').filter(({ path }) => path !== 'core/audit/events.ts')
  for (const event of EVENTS) {
    const isThere = all.some(({ text }) => text.includes(`'${event}'`))
    expect(isThere || DRIVEN_ELSEWHERE.includes(event), event).toBe(true)
  }
})
