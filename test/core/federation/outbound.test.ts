import { describe, expect, it } from 'vitest'
import { outbound } from '../../../src/adapters/outbound.ts'
import { hostileIssuer } from '../../support/hostile.ts'
import { hostile, refusal, signIn } from '../../support/providers.ts'

const GET = { method: 'GET', headers: {} }
const { signal } = new AbortController()

describe('what asks providers', () => {
  it('asks nobody elsewhere without TLS', async () => {
    const asked = outbound()(new URL('http://provider.invalid/token'), GET, signal)
    await expect(asked).rejects.toMatchObject({ name: 'ProviderFault', code: 'NOT_HTTPS' })
  })

  it('reads JSON whatever its header says, and nothing else', async () => {
    const ask = outbound()
    const good = await ask(new URL(`${hostileIssuer()}/keys`), GET, signal)
    expect(await good.json()).toHaveProperty('keys')
    const page = ask(new URL(`${hostileIssuer('page-keys')}/keys`), GET, signal)
    await expect(page).rejects.toMatchObject({ code: 'ANSWER_NOT_JSON' })
  })

  it('is gone with the request that it is for', async () => {
    const gone = new AbortController()
    const { provider } = hostile('silent-discovery')
    const request = { redirectUri: '', state: '', nonce: '', codeVerifier: 'v', isReauth: false }
    const asked = refusal(provider.authorizationUrl(request, gone.signal))
    gone.abort()
    expect(await asked).toEqual({ code: 'provider_failed', cause: 'CLIENT_GONE' })
  })

  it('tells in no failure what was sent or answered', async () => {
    const { issuer, provider } = hostile('error-word')
    const error = await signIn(provider).catch((thrown: unknown) => thrown)
    const { cause } = error as Error
    const told = `${JSON.stringify(cause)} ${cause} ${(error as Error).message}`
    expect(told).not.toMatch(/code\.|secret-of-1|eyJ/)
    expect(told).not.toContain(issuer)
    expect(Object(cause).cause).toBeUndefined()
  })
})
