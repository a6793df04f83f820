import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withLifetimes } from '../../dev/lifetimes.ts'
import { withMails } from '../../dev/mails.ts'
import { startWranglerPatiently, type Wrangler } from '../../dev/wrangler.ts'
import { parseConfig } from '../../src/config/index.ts'
import { skipProxyForLoopback } from '../../tools/no-proxy.ts'
import { SECRET } from '../support/app.ts'
import { freePort } from '../support/ports.ts'

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'edge-auth-start-'))
})
afterAll(() => rmSync(place, { recursive: true }))

describe('Wrangler, where another one starts at the same moment', () => {
  /** A program that counts its starts in a file, and listens from the given one on; before that it says `complaint`. */
  function program(
    name: string,
    listensAt: number,
    complaint: string,
  ): { cli: string; starts: () => number } {
    const [cli, count] = [join(place, `${name}.cjs`), join(place, `${name}.txt`)]
    writeFileSync(
      cli,
      `const { appendFileSync, readFileSync } = require('node:fs')
       appendFileSync(${JSON.stringify(count)}, 'x')
       if (readFileSync(${JSON.stringify(count)}, 'utf8').length < ${listensAt}) {
         console.error(${JSON.stringify(complaint)})
         process.exitCode = 1
       } else {
         console.log('Ready on http://localhost')
         setInterval(() => {}, 1000)
       }`,
    )
    return { cli, starts: () => readFileSync(count, 'utf8').length }
  }
  const TAKEN = 'Address already in use (socket "direct:1:default").'

  async function started(cli: string, port: number) {
    const seen: Wrangler[] = []
    const options = { root: place, port, variables: {}, extra: [], cli }
    const wrangler = await startWranglerPatiently(options, (one) => seen.push(one))
    await wrangler.stop()
    return seen
  }

  it('gets another attempt', async () => {
    const { cli, starts } = program('second', 2, TAKEN)
    expect(await started(cli, await freePort())).toHaveLength(2)
    expect(starts()).toBe(2)
  })

  it('gets no more than three', async () => {
    const { cli, starts } = program('never', 99, TAKEN)
    await expect(started(cli, await freePort())).rejects.toThrow('Address already in use')
    expect(starts()).toBe(3)
  })

  it('gets none for another fault', async () => {
    const { cli, starts } = program('broken', 2, 'Could not resolve "./nothing.ts"')
    await expect(started(cli, await freePort())).rejects.toThrow('Could not resolve')
    expect(starts()).toBe(1)
  })

  it('is told in words that it is our own port that is taken', async () => {
    const { cli, starts } = program('taken', 2, TAKEN)
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((listening) => server.once('listening', listening))
    const { port } = server.address() as { port: number }
    await expect(started(cli, port)).rejects.toThrow(`Port ${port} is in use`)
    expect(starts()).toBe(1)
    server.close()
  })
})

describe('a proxy that the environment names', () => {
  const PROXY = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9' }
  const fetching = (prepare: string) => `
    import { createServer } from 'node:http'
    import { skipProxyForLoopback } from ${JSON.stringify(resolve('tools/no-proxy.ts'))}
    ${prepare}
    const server = createServer((_, answer) => answer.end('from here')).listen(0)
    server.once('listening', async () => {
      const url = 'http://localhost:' + server.address().port
      console.log(await fetch(url).then((answer) => answer.text(), () => 'lost'))
      process.exit()
    })`
  const run = async (script: string, env: Record<string, string>) =>
    (
      await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
    ).stdout.trim()

  it('is not asked for this machine', async () => {
    const skipping = fetching('skipProxyForLoopback(process.env)')
    expect(await run(fetching(''), PROXY)).toBe('lost')
    expect(await run(skipping, PROXY)).toBe('from here')
    expect(await run(skipping, { ...PROXY, no_proxy: 'db.example.org' })).toBe('from here')
    expect(await run(skipping, { ...PROXY, NO_PROXY: '*' })).toBe('from here')
  })

  it.each([
    [{}, 'localhost,127.0.0.1,::1,[::1]'],
    [{ NO_PROXY: 'a.example, b.example' }, 'a.example,b.example,localhost,127.0.0.1,::1,[::1]'],
    [{ no_proxy: 'a.example', NO_PROXY: 'b' }, 'a.example,localhost,127.0.0.1,::1,[::1]'],
    [{ NO_PROXY: 'localhost' }, 'localhost,127.0.0.1,::1,[::1]'],
  ])('keeps what %j excepts', (given, value) => {
    const env: Record<string, string> = { ...given }
    skipProxyForLoopback(env)
    expect(env).toEqual({ no_proxy: value, NO_PROXY: value })
    skipProxyForLoopback(env)
    expect(env.NO_PROXY).toBe(value)
  })
})

describe('the lifetimes of npm run dev', () => {
  const minutes = (variables: Record<string, string>) => {
    const { tokens } = parseConfig({ JWT_SECRET_KEY: SECRET, ...withLifetimes(variables) })
    return [tokens.accessLifetimeSeconds / 60, tokens.refreshLifetimeSeconds / 60]
  }

  it('are the recommended ones', () => {
    expect(minutes({})).toEqual([15, 43_200])
    expect(minutes({ ACCESS_TOKEN_EXPIRE_MINUTES: '', DEBUG: 'true' })).toEqual([15, 43_200])
  })

  it.each<[Record<string, string>, number[]]>([
    [{ ACCESS_TOKEN_EXPIRE_MINUTES: '60' }, [60, 1440]],
    [{ ACCESS_TOKEN_EXPIRE_MINUTES: '5', REFRESH_TOKEN_EXPIRE_MINUTES: '10' }, [5, 10]],
    [{ SESSION_EXPIRE_MINUTES: '2000' }, [1440, 1440]],
  ])('are those of %j where it says otherwise', (variables, expected) => {
    expect(minutes(variables)).toEqual(expected)
  })
})

describe('the mails of npm run dev', () => {
  const settings = (variables: Record<string, string>, options?: string[]) => {
    const mails = withMails(variables, 8788, options)
    const { mail, links } = parseConfig({ JWT_SECRET_KEY: SECRET, ...mails })
    return [mail.provider, links.publicUrl, links.appBaseUrl]
  }
  const here = 'http://localhost:8788'

  it('are kept, and lead to this run', () => {
    expect(settings({})).toEqual(['mailbox', here, undefined])
    expect(settings({ PUBLIC_URL: ' ' })).toEqual(['mailbox', here, undefined])
  })

  it.each<[Record<string, string>, unknown[]]>([
    [{ PUBLIC_URL: 'http://auth.localhost' }, ['mailbox', 'http://auth.localhost', undefined]],
    [{ APP_BASE_URL: 'http://localhost:5173' }, ['mailbox', here, 'http://localhost:5173']],
    [{ MAIL_API_KEY: 're_8Hn2kQ9v', MAIL_FROM: 'a@example.org' }, ['http', here, undefined]],
    [{ MAIL_PROVIDER: 'none' }, ['none', here, undefined]],
    [{ PUBLIC_URL: 'https://a.example.org' }, ['none', 'https://a.example.org', undefined]],
  ])('are as %j says', (variables, expected) => {
    expect(settings(variables)).toEqual(expected)
  })

  it.each([
    [['--ip', '0.0.0.0'], 'none'],
    [['--local-protocol', 'https', '--ip=192.0.2.7'], 'none'],
    [['--ip=::'], 'none'],
    [['--ip', '127.0.0.1'], 'mailbox'],
    [['--ip=localhost', '--log-level', 'warn'], 'mailbox'],
  ])(
    'are with %j those of "%s", for a caller from elsewhere may claim to be here',
    (options, provider) => {
      expect(settings({}, options)[0]).toBe(provider)
    },
  )
})
