import { describe, expect, it } from 'vitest'
import { outbound } from '../../../src/adapters/outbound.ts'
import type { AskProvider } from '../../../src/core/federation/outbound.ts'
import { hostileIssuer, signInAtProvider } from '../../support/hostile.ts'
import { hostile, PERSON, refusal, signIn } from '../../support/providers.ts'

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

  it.each([
    ['one after the other', 700, 'TIMEOUT'],
    ['one after the other, with time enough', 60_000, undefined],
  ])('has one deadline for all that is asked %s', async (_, untilMilliseconds, cause) => {
    const real = outbound()
    let asked = 0
    const ask: AskProvider = async (url, request, at) => {
      asked++
      // Discovery, the token and the keys: each by itself is early enough.
      await new Promise((go) => setTimeout(go, 400))
      return real(url, request, at)
    }
    const { provider } = hostile('honest', undefined, {}, { ask })
    const request = { redirectUri: 'https://auth.example.org/', state: 's', nonce: 'n' }
    const secret = { codeVerifier: crypto.randomUUID() + crypto.randomUUID(), isReauth: false }
    const url = await provider.authorizationUrl({ ...request, ...secret }, signal)
    const { parameters } = await signInAtProvider(url, PERSON)
    // Another instance, which knows nothing yet.
    const other = hostile(
      'honest',
      undefined,
      { issuer: url.split('/authorize')[0] },
      { ask, untilMilliseconds },
    )
    asked = 0
    const answer = other.provider.profileOf({ ...request, ...secret, parameters }, signal)
    if (cause === undefined) expect((await answer).subject).toBe('subject-1')
    else expect(await refusal(answer)).toEqual({ code: 'provider_failed', cause })
    expect(asked).toBe(cause === undefined ? 3 : 2)
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
