import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import {
  MAX_PERMISSIONS_OF_ROLE,
  MAX_ROLES,
  MAX_ROLES_OF_USER,
  PERMISSIONS,
} from '../../src/core/access/permissions.ts'
import { MAX_ACCESS_CHARACTERS } from '../../src/core/tokens/claims.ts'
import { send } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { type Document, routesOf } from '../support/openapi.ts'
import { createTestApp } from '../support/runtime.ts'

const PAGE = readFileSync('docs/admin.md', 'utf8')
const ENDPOINTS = readFileSync('docs/endpoints.md', 'utf8')
const YOUR_API = readFileSync('docs/your-api.md', 'utf8')

const t: TestApp = await createTestApp()
afterAll(() => t.close())
const document: Document = await (await t.get('/openapi.json')).json()

/** The rows of a page's tables whose cells are code, such as a call and the permission that it needs. */
const rowsOf = (page: string, first: RegExp) =>
  page
    .split('\n')
    .filter((line) => first.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))

/** The permission that each route under /admin needs, by the document. */
const needed = new Map(
  routesOf(document)
    .filter(({ path }) => path.startsWith('/admin'))
    .map(({ name, security = [] }) => [name, Object.values(security[0] ?? {}).flat()[0]]),
)

/** `PUT · DELETE /path` names two routes. */
function callsOf(cell = ''): string[] {
  const [methods = '', path = ''] = cell.replaceAll('`', '').split(/ (?=\/)/)
  return methods.split(' · ').map((method) => `${method} ${path}`)
}

describe('docs/admin.md', () => {
  it('lists the permissions of the service, in their words', () => {
    expect(rowsOf(PAGE, /^\| `auth:/)).toEqual(
      Object.entries(PERMISSIONS).map(([name, meaning]) => [`\`${name}\``, meaning]),
    )
  })

  it('says the bounds of roles', () => {
    expect(PAGE).toContain(`any number of roles, up to ${MAX_ROLES_OF_USER},`)
    expect(PAGE).toContain(
      `at most ${MAX_ROLES} roles, with at most ${MAX_PERMISSIONS_OF_ROLE} permissions each`,
    )
    const most = MAX_ACCESS_CHARACTERS.toLocaleString('en')
    expect(PAGE).toContain(`more than ${most}\ncharacters as JSON`)
    expect(YOUR_API).toContain(`more than ${most} characters has no \`permissions\``)
  })

  it.each([
    ['docs/endpoints.md', ENDPOINTS],
    ['docs/admin.md', PAGE],
  ])('and %s say what each call needs', (_, page) => {
    const rows = rowsOf(page, /^\| `[A-Z]+(`? · `?[A-Z]+)* \/admin/)
    expect(rows.length).toBeGreaterThan(8)
    for (const [cell, permission] of rows) {
      for (const call of callsOf(cell)) expect(permission, call).toBe(`\`${needed.get(call)}\``)
    }
  })

  it('has a role that can be made as it stands', async () => {
    const [, body = ''] = /-d '(\{.*?\})'/s.exec(PAGE) ?? []
    const made = await send(t, 'POST', '/admin/roles', await adminOf(t), JSON.parse(body))
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({ ...JSON.parse(body) })
  })
})
