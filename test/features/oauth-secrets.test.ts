import { getTableName } from 'drizzle-orm'
import { afterAll, expect, it } from 'vitest'
import { flowSecretsOf } from '../../src/core/federation/flow-secrets.ts'
import type { Answered } from '../../src/deps.ts'
import * as models from '../../src/models/index.ts'
import { answered } from '../support/factors.ts'
import { FEDERATED, profileOf, vouch, wayBack } from '../support/federated.ts'
import { browserOf } from '../support/flow-browser.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import type { Pair } from '../support/sessions.ts'

const counted: Answered[] = []
const t = await (await createTestApp()).beside({
  env: { ...FEDERATED, DEBUG: 'true' },
  deps: {
    metrics: { answered: (one) => void counted.push(one) },
  },
})
afterAll(() => t.close())

/** What nobody but the browser and the two services may hold. */
const secrets = new Map<string, string>()
/** All addresses that a browser was sent to. */
const urls: string[] = []

async function tellOf(cookie: string) {
  for (const secret of cookie.replace(/^[^=]*=/, '').split('.')) {
    if (secret === '') continue
    const { binding, codeVerifier } = await flowSecretsOf(secret)
    secrets.set(secret, 'secret of a browser')
    secrets.set(binding, 'binding')
    secrets.set(codeVerifier, 'code verifier')
  }
}

const kept = (pair: Pair) => {
  secrets.set(pair.access_token, 'access token')
  secrets.set(pair.refresh_token, 'refresh token')
  return pair
}

/** Signs in, and remembers each secret on the way. */
async function arrived(profile = profileOf(), options: { intent?: string; token?: string } = {}) {
  const browser = browserOf(t)
  const started = await browser.start(options)
  const { authorization_url: url } = await answered(started)
  urls.push(url)
  const state = String(new URL(url).searchParams.get('state'))
  secrets.set(state, 'state')
  await tellOf(browser.cookie())
  const { code: providerCode = '', iss = '' } = await wayBack({ code: vouch(profile), state })
  secrets.set(providerCode, "the provider's code")
  // Its access token has the same in it.
  secrets.set(providerCode.slice(providerCode.indexOf('.') + 1), "the provider's grant")
  const back = await browser.callback({ code: providerCode, state, iss })
  expect(back.headers.get('referrer-policy')).toBe('no-referrer')
  expect(back.headers.get('cache-control')).toBe('no-store')
  const location = String(back.headers.get('location'))
  urls.push(location)
  const code = String(new URL(location).searchParams.get('code'))
  secrets.set(code, 'code')
  return { browser, code, state, providerCode }
}

/** No table holds any part of it, and so none where it is in other letters. */
function foundIn(table: string, parts: string[]): Promise<unknown[]> {
  return t.column(`select part
    from (select lower(to_jsonb(it)::text) as row from edge_auth.${table} it offset 0) as rows
    cross join unnest(array[${parts.map(quoted).join(', ')}]) as part
    where strpos(row, part) > 0`)
}

it('no secret of a sign-in at a provider is in the log, a count, a row, or an address of the wrong site', async () => {
  const profile = profileOf()
  const { browser, code, state, providerCode } = await arrived(profile)
  await expectProblem(await browserOf(t).exchange(code), 'oauth_code_invalid')
  const first = kept(await answered(browser.exchange(code)))
  await expectProblem(await browser.exchange(code), 'oauth_code_invalid')
  await expectProblem(await browser.callback({ code: providerCode, state }), 'oauth_state_invalid')

  const { access_token: token } = first
  const again = await arrived(profile, { intent: 'reauth', token })
  kept(await answered(again.browser.exchange(again.code, {}, { token })))
  const other = await arrived(profileOf(), { intent: 'link', token })
  await answered(other.browser.exchange(other.code, {}, { token }))

  const found = await arrived(profileOf({ email: profile.email }))
  const { link_token } = await answered(found.browser.exchange(found.code), 409)
  secrets.set(link_token, 'link token')
  await answered(found.browser.post('/auth/identities', { link_token }, { token }), 201)
  await t.deliver()

  expect(secrets.size).toBeGreaterThan(25)
  const log = JSON.stringify(t.log)
  expect(t.log.length).toBeGreaterThan(12)
  const personal = [profile.email, profile.subject, profile.username].map(String)
  for (const value of [...secrets.keys(), ...personal]) {
    expect(log, secrets.get(value)).not.toContain(value)
    expect(JSON.stringify(counted)).not.toContain(value)
  }
  const parts = [...secrets.keys()].map((one) => one.toLowerCase())
  for (const table of Object.values(models).map(getTableName)) {
    expect(await foundIn(table, parts), table).toEqual([])
  }

  // Of all that is secret an address has the state, which goes to the provider, or the code, which goes to the app.
  for (const url of urls) {
    const isOurs = url.startsWith('https://app.example.org/')
    for (const [value, kind] of secrets) {
      if (kind === (isOurs ? 'code' : 'state')) continue
      expect(url, kind).not.toContain(value)
    }
  }
})

it('the same search finds what is there', async () => {
  const { email } = await t.signup()
  expect(await foundIn('users', ['nowhere-at-all', email])).toEqual([email])
})

it('who is signed in where is in no log, even where a provider fails', async () => {
  const profile = profileOf()
  const browser = browserOf(t)
  const code = vouch('provider_failed')
  const state = await browser.begin()
  const before = t.log.length
  await browser.callback({ code, state })
  const lines = JSON.stringify(t.log.slice(before))
  expect(lines).toContain('provider_failed')
  for (const secret of [code, state, String(profile.email)]) expect(lines).not.toContain(secret)
})
