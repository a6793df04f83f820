import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { turnstile } from '../../src/adapters/turnstile.ts'
import { HumanCheckFailed } from '../../src/core/humans/human-check.ts'
import { freePort } from '../support/ports.ts'
import { askedAbout, humanToken, robotToken } from '../support/turnstile.ts'
import { TURNSTILE_KEY } from '../support/turnstile-key.ts'

/** Answers as the test at hand wants. */
let behaviour: RequestListener = () => {}
let led = 0
const server = createServer((request, response) => {
  if (request.url !== '/siteverify') led++
  behaviour(request, response)
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/siteverify`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const never = new AbortController().signal
const ask = (
  token: string,
  {
    to = url,
    key = TURNSTILE_KEY,
    ip = null as string | null,
    signal = never,
    deadline = 60_000,
  } = {},
) => turnstile({ secretKey: key, url: to }, deadline)?.isHuman(token, ip, signal)

/** The code of a check that failed, which must be one. */
async function failureOf(asking: Promise<boolean> | undefined): Promise<string> {
  const failure = await Promise.resolve(asking).then(
    (said) => said,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(HumanCheckFailed)
  const { code, message } = failure as HumanCheckFailed
  expect(`${code} ${message}`).not.toContain(TURNSTILE_KEY)
  return code
}

const said =
  (content: unknown, status = 200, headers = {}): RequestListener =>
  async (request, response) => {
    await text(request)
    response.writeHead(status, headers)
    response.end(typeof content === 'string' ? content : JSON.stringify(content))
  }
const refusing = (...codes: unknown[]) => said({ success: false, 'error-codes': codes })

describe('Turnstile', () => {
  const fake = { to: inject('turnstileUrl') }

  it('tells a person, once, and a program', async () => {
    const token = humanToken()
    expect(await ask(token, fake)).toBe(true)
    expect(await ask(token, fake)).toBe(false)
    expect(await ask(robotToken(), fake)).toBe(false)
  })

  it('is told the key, the token and the address, where that is known', async () => {
    const [known, unknown] = [humanToken(), humanToken()]
    await ask(known, { ...fake, ip: '2001:db8::7' })
    await ask(unknown, fake)
    const whole = { secret: TURNSTILE_KEY, response: known, remoteip: '2001:db8::7' }
    expect(await askedAbout(known)).toEqual([whole])
    expect(await askedAbout(unknown)).toEqual([{ secret: TURNSTILE_KEY, response: unknown }])
  })

  it('gets no field of its own from a token that looks like a form', async () => {
    const token = `${robotToken()}&secret=x&response=${humanToken()}`
    expect(await ask(token, fake)).toBe(false)
  })

  it('is asked by nobody without a key', () => {
    expect(turnstile({ secretKey: undefined, url })).toBeUndefined()
  })

  it('that does not take the key says nothing of people', async () => {
    const stranger = ask(humanToken(), { ...fake, key: '0x4-a-key-of-somebody-else' })
    expect(await failureOf(stranger)).toBe('INVALID_INPUT_SECRET')
  })
})

describe('an answer', () => {
  it.each<[string, RequestListener]>([
    ['a token that is none', refusing('invalid-input-response')],
    ['an empty one', refusing('missing-input-response')],
    ['an old one', refusing('timeout-or-duplicate')],
    ['one that cannot be read', said({ success: false, 'error-codes': ['bad-request'] }, 400)],
  ])('about %s is a refusal', async (_what, listener) => {
    behaviour = listener
    expect(await ask('x')).toBe(false)
  })

  it.each<[string, RequestListener]>([
    ['INTERNAL_ERROR', refusing('internal-error')],
    ['MISSING_INPUT_SECRET', refusing('missing-input-secret')],
    ['INVALID_INPUT_SECRET', refusing('timeout-or-duplicate', 'invalid-input-secret')],
    ['ANSWER_UNKNOWN', refusing('something-new')],
    ['ANSWER_UNKNOWN', refusing({ toString: 'internal-error' })],
    ['ANSWER_UNKNOWN', said({ success: false })],
    ['ANSWER_UNKNOWN', said({ success: 'true' })],
    ['ANSWER_UNKNOWN', said({ success: 1 })],
    ['ANSWER_UNKNOWN', said({})],
    ['ANSWER_UNKNOWN', said([true])],
    ['ANSWER_UNKNOWN', said(null)],
    ['ANSWER_UNKNOWN', said('<!doctype html><title>Log in</title>')],
    ['HTTP_500', said({ success: true }, 500)],
    ['HTTP_502', said('Bad gateway', 502)],
    ['HTTP_403', said({ success: true }, 403)],
    ['ANSWER_TOO_LONG', said({ success: true, more: 'x'.repeat(20_000) })],
  ])('that is %s lets nobody pass', async (code, listener) => {
    behaviour = listener
    expect(await failureOf(ask('x'))).toBe(code)
  })

  it.each([301, 302, 303, 307, 308])(
    '%s is not followed, for the key would go along',
    async (status) => {
      behaviour = said({ success: true }, status, { location: '/elsewhere' })
      expect(await failureOf(ask('x'))).toBe(`HTTP_${status}`)
      expect(led).toBe(0)
    },
  )

  it('that does not come ends the wait', async () => {
    behaviour = () => {}
    expect(await failureOf(ask('x', { deadline: 100 }))).toBe('TIMEOUT')
  })

  it('that does not come to an end ends it too', async () => {
    const closed = Promise.withResolvers<void>()
    behaviour = (request, response) => {
      request.resume()
      response.on('close', closed.resolve)
      response.writeHead(200)
      response.write('{"success":true')
    }
    expect(await failureOf(ask('x', { deadline: 100 }))).toBe('TIMEOUT')
    await closed.promise
  })

  it('is not waited for once the client has left', async () => {
    const asked = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    behaviour = (_request, response) => {
      response.on('close', closed.resolve)
      asked.resolve()
    }
    const client = new AbortController()
    const asking = failureOf(ask('x', { signal: client.signal }))
    await asked.promise
    client.abort()
    expect(await asking).toBe('UNREACHABLE')
    await closed.promise
  })

  it('from nobody at all is named by the code of the system', async () => {
    const to = `http://127.0.0.1:${await freePort()}/siteverify`
    expect(await failureOf(ask('x', { to }))).toBe('ECONNREFUSED')
  })
})
