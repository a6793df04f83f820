import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createHttpServer } from '../../src/adapters/http-server-node.ts'
import { parseConfig } from '../../src/config/index.ts'
import { INPUT_LIMITS } from '../../src/utils/input-limits.ts'
import { SECRET } from '../support/app.ts'
import { silent } from '../support/logger.ts'

const text = (path: string) => readFileSync(path, 'utf8')
const OPERATIONS = text('docs/operations.md')
const NODE = text('docs/node.md')
const PROXIES = text('docs/proxies.md')

/** What stands in blocks of one language. */
const blocks = (page: string, language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))]
    .map(([, block]) => block)
    .join('\n')
/** The part of a page under a heading, up to the next of its level. */
const section = (page: string, heading: string) =>
  page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''

describe('docs/node.md and docs/operations.md', () => {
  it('name each command of the build by its script', () => {
    const { scripts } = JSON.parse(text('dist/node/package.json')) as {
      scripts: Record<string, string>
    }
    const rows = section(NODE, 'What there is to run').matchAll(
      /^\| `npm run (\S+)` +\| `(node \w+\.js)/gm,
    )
    const named = Object.fromEntries(Array.from(rows, ([, script, command]) => [script, command]))
    const { start: _, ...others } = scripts
    expect(named).toEqual(others)
    for (const [, file = ''] of blocks(NODE + OPERATIONS, 'bash').matchAll(/node (\w+\.js)/g)) {
      expect([file, existsSync(`dist/node/${file}`)]).toEqual([file, true])
    }
  })

  it('ask compose for services that there are', () => {
    const { services } = parse(text('compose.yaml'), { merge: true })
    const commands = blocks(NODE + OPERATIONS, 'bash').replace(/\\\n/g, '')
    const named = [
      ...commands.matchAll(
        /docker compose (?:exec|run|stop|up --detach)(?: -\S+(?: "[^"]*")?)* (\w+)/g,
      ),
    ].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(8)
    expect(named.filter((name) => !(name in services))).toEqual([])
  })

  it('watch events that the log has', () => {
    const cells = section(OPERATIONS, 'What to watch').match(/^\| .*?(?= \| )/gm) ?? []
    const events = cells.flatMap((cell) =>
      Array.from(cell.matchAll(/`([a-z0-9]+(?:_[a-z0-9]+)+|overloaded)`/g), ([, name]) => name),
    )
    const log = text('docs/log.md')
    expect(events.length).toBeGreaterThan(15)
    expect(
      events.filter((event) => !log.includes(`| \`${event}\``) && !log.includes(`\`${event}\` `)),
    ).toEqual([])
  })

  it('tighten limits by a value that the service takes', () => {
    const [, RATE_LIMITS] = /`RATE_LIMITS=(\S+)`/.exec(OPERATIONS) ?? []
    const usual = parseConfig({ JWT_SECRET_KEY: SECRET }).limits
    const { limits } = parseConfig({ JWT_SECRET_KEY: SECRET, RATE_LIMITS })
    expect(limits).not.toEqual(usual)
  })
})

describe('docs/proxies.md', () => {
  const caddy = blocks(PROXIES, 'caddyfile')
  const nginx = blocks(PROXIES, 'nginx')
  const { server } = createHttpServer(() => new Response(), silent)
  const KILO: Record<string, number> = { k: 1024, KB: 1000 }
  const number = (page: string, pattern: RegExp) => {
    const [, count, unit = ''] = pattern.exec(page) ?? []
    return Number(count) * (KILO[unit] ?? 1)
  }

  it.each([
    ['Caddy', caddy, /max_size (\d+)(KB)/, /max_header_size (\d+)(KB)/],
    ['nginx', nginx, /client_max_body_size (\d+)(k)/, /large_client_header_buffers \d+ (\d+)(k)/],
  ])(
    'lets %s pass what the service refuses by itself, and not much more',
    (_, page, body, headers) => {
      for (const [most, own] of [
        [number(page, body), INPUT_LIMITS.bodyBytes],
        [number(page, headers), INPUT_LIMITS.headerBytes],
        [number(page, headers), INPUT_LIMITS.urlCharacters],
      ] as const) {
        expect(most).toBeGreaterThan(own)
        expect(most).toBeLessThanOrEqual(4 * own)
      }
    },
  )

  it.each([
    ['Caddy', caddy, /keepalive (\d+)s/],
    ['nginx', nginx, /keepalive_timeout (\d+)s/],
  ])('has %s close idle connections before the service does', (_, page, keepAlive) => {
    expect(number(page, keepAlive)).toBeGreaterThan(0)
    expect(number(page, keepAlive) * 1000).toBeLessThan(server.keepAliveTimeout)
  })

  it('tells the client’s address, for as many proxies as it says to trust', () => {
    const [, count] = /^TRUSTED_PROXY_COUNT=(\d+)/m.exec(PROXIES) ?? []
    expect(count).toBe('1')
    expect(nginx).toContain('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;')
    // Caddy does so by itself, unless it is told to believe what clients write.
    expect(caddy).not.toMatch(/trusted_proxies|header_up/)
    for (const page of [caddy, nginx]) expect(page).toContain('127.0.0.1:8000')
  })

  it('logs no query and no header of a request', () => {
    const [format = ''] = /log_format[^;]*;/.exec(nginx) ?? []
    expect(format).toContain('$uri')
    expect(format).not.toMatch(/\$request |\$request"|\$request_uri|\$args|\$query|\$http_/)
    for (const level of nginx.matchAll(/error_log .*/g)) expect(level[0]).toMatch(/ crit;$/)
    const logs = caddy.match(/\blog \{/g) ?? []
    expect(logs).toHaveLength(2)
    for (const filter of ['request>uri regexp \\?.* ""', 'request>headers delete']) {
      expect(caddy.split(filter)).toHaveLength(logs.length + 1)
    }
  })

  it('has a log of nginx that the filter for fail2ban reads', () => {
    const [, pattern = ''] = /^failregex = (.*)$/m.exec(text('docs/log.md')) ?? []
    const [, first = ''] = /log_format \w+ '([^']*)'\n? *'([^']*)'/.exec(nginx) ?? []
    const line = `${first}401 216`
      .replace('$remote_addr', '203.0.113.9')
      .replace('$time_local', '27/Nov/2026:00:15:02 +0000')
      .replace('$request_method $uri $server_protocol', 'POST /auth/login HTTP/2.0')
    expect(line).not.toContain('$')
    expect(line).toMatch(new RegExp(pattern.replace('<HOST>', '203\\.0\\.113\\.9')))
  })
})
