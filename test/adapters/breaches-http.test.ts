import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBreaches } from '../../src/adapters/breaches-http.ts'
import { startBreachServer } from '../support/breach-server.ts'
import { askedFor, LEAKED, PADDED } from '../support/breaches.ts'
import { recordingLogger } from '../support/logger.ts'
import { freePort } from '../support/ports.ts'

let server: Awaited<ReturnType<typeof startBreachServer>>
beforeAll(async () => {
  server = await startBreachServer()
})
afterAll(() => server.close())

/** No test waits for a deadline but those of a server that says nothing. */
async function look(url: string, password: string, deadlineMilliseconds = 60_000) {
  const { log, logger } = recordingLogger()
  const settings = { breachCheck: 'warn', breachCheckUrl: url } as const
  const breaches = createBreaches(settings, logger, deadlineMilliseconds)
  return { found: await breaches?.include(password), log }
}

describe('the list of leaked passwords', () => {
  it.each([
    ['list', LEAKED, true],
    ['list', PADDED, false],
    ['list', `${LEAKED}.`, false],
    ['list', LEAKED.toUpperCase(), false],
    ['other-lines', LEAKED, true],
    ['other-lines', PADDED, false],
  ])('in the form %s, %s: %s', async (form, password, found) => {
    expect(await look(`${server.url}/${form}`, password)).toEqual({ found, log: [] })
  })

  it('learns five characters of the hash, and is asked for padding', async () => {
    const password = 'zq-7Kmvo-pâssé🦊'
    const sha1 = createHash('sha1').update(password).digest('hex').toUpperCase()
    await look(`${server.url}/list`, password)
    const [asked] = await askedFor(server.url, password)
    expect(asked?.prefix).toBe(sha1.slice(0, 5))
    expect(asked?.headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'edge-auth' })
    expect(JSON.stringify(asked)).not.toContain(sha1.slice(5, 10))
  })

  it('is not asked at all where it is off', () => {
    const settings = { breachCheck: 'off', breachCheckUrl: server.url } as const
    expect(createBreaches(settings, recordingLogger().logger)).toBeUndefined()
  })
})

describe('knows no password, and the log says why, after', () => {
  it.each([
    ['error-500', 'HTTP_500'],
    ['elsewhere', 'HTTP_307'],
    ['page', 'ANSWER_UNKNOWN'],
    ['nothing', 'ANSWER_UNKNOWN'],
    ['flood', 'ANSWER_TOO_LONG'],
    ['no-such-folder', 'HTTP_404'],
  ])('%s', async (behaviour, code) => {
    const { found, log } = await look(`${server.url}/${behaviour}`, LEAKED)
    expect(found).toBe(false)
    expect(log).toMatchObject([{ level: 'warn', event: 'breach_check_failed', code }])
    expect(Object.keys(log[0] ?? {}).sort()).toEqual(['code', 'event', 'level', 'time'])
  })

  it.each(['hang', 'stall'])('a server that does %s, in time', async (behaviour) => {
    const { found, log } = await look(`${server.url}/${behaviour}`, LEAKED, 50)
    expect([found, log[0]?.code]).toEqual([false, 'TIMEOUT'])
  })

  it('a cut, and no server', async () => {
    const cut = await look(`${server.url}/cut`, LEAKED)
    expect([cut.found, cut.log.length]).toEqual([false, 1])
    const none = await look(`http://127.0.0.1:${await freePort()}`, LEAKED)
    expect([none.found, none.log[0]?.code]).toEqual([false, 'ECONNREFUSED'])
  })
})
