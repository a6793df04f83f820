import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type MetricsServer, serveMetrics } from '../../src/adapters/metrics-server-node.ts'
import { ConfigError } from '../../src/utils/config-error.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

const TOKEN = 'tok-9f3a7c1e5b2d8f6a4c0e7b9d1f3a5c7e'
const TEXT = 'edge_auth_planted 1\n'
const read = async () => ({ contentType: 'text/plain; version=0.0.4', text: TEXT })
const here = { host: '127.0.0.1', port: 0 }

let server: MetricsServer | undefined
afterEach(() => {
  server?.close()
  server = undefined
})

async function start(token?: string, readBy = read): Promise<MetricsServer> {
  server = await serveMetrics({ ...here, token }, readBy)
  return server
}
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('the port of the metrics', () => {
  it('answers GET and HEAD of /metrics', async () => {
    const { url } = await start()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, TEXT])
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it.each([
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['GET', '/METRICS'],
    ['GET', '//metrics'],
    ['GET', '/%6detrics'],
    ['GET', '/metrics?name[]=x'],
    ['GET', '/auth/me'],
    ['GET', '/health'],
    ['GET', 'http://localhost/metrics'],
    ['POST', '/metrics'],
    ['DELETE', '/metrics'],
    ['OPTIONS', '/metrics'],
    ['TRACE', '/metrics'],
  ])('answers nothing else: %s %s', async (method, target) => {
    const { url } = await start()
    const received = await sendRaw(
      Number(new URL(url).port),
      `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    )
    expect(statusOf(received)).toBe(404)
    expect(received).not.toContain('planted')
    expect(received).toMatch(/\r\n\r\n(?:0\r\n\r\n)?$/)
  })

  it('answers the bearer of the token alone, where there is one', async () => {
    const { url } = await start(TOKEN)
    expect((await fetch(url, bearer(TOKEN))).status).toBe(200)
    expect((await fetch(url, { headers: { authorization: `bearer  ${TOKEN} ` } })).status).toBe(200)
    const refused: RequestInit[] = [
      {},
      bearer(''),
      bearer(TOKEN.slice(0, -1)),
      bearer(`${TOKEN}0`),
      bearer(TOKEN.toUpperCase()),
      bearer(`${TOKEN} ${TOKEN}`),
      { headers: { authorization: TOKEN } },
      { headers: { authorization: `Basic ${btoa(`:${TOKEN}`)}` } },
      { headers: { cookie: `token=${TOKEN}` } },
      { method: 'HEAD' },
    ]
    for (const init of refused) {
      const answer = await fetch(url, init)
      expect([answer.status, await answer.text()]).toEqual([401, ''])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
    // Who does not know it learns no path either.
    expect((await fetch(url.replace('/metrics', '/other'))).status).toBe(404)
  })

  it('says no more than that it failed, where the metrics cannot be read', async () => {
    const { url } = await start(undefined, () => Promise.reject(new Error('hunter2')))
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([500, ''])
  })

  it('is closed at once, with the connections that are open', async () => {
    const { url, close } = await start()
    await (await fetch(url)).text()
    // One that has begun to ask, and never goes on.
    const half = connect(Number(new URL(url).port), '127.0.0.1')
    const isClosed = once(half, 'close')
    half.on('error', () => {}).write('GET /metrics HTTP/1.1\r\n')
    // The server has taken it by the time that it answers one that came later.
    await (await fetch(url)).text()
    close()
    await isClosed
    await expect(fetch(url)).rejects.toThrow()
  })

  it('that another has cannot be listened on, which names the variable', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const failed = serveMetrics({ ...here, port, token: TOKEN }, read)
    await expect(failed).rejects.toThrow(ConfigError)
    await expect(failed).rejects.toThrow(/METRICS_PORT: .*EADDRINUSE/)
    await expect(failed).rejects.not.toThrow(TOKEN)
    other.close()
  })
})
