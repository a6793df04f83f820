import { describe, expect, it } from 'vitest'
import { factorDeps } from '../../../src/adapters/factor-deps.ts'
import { importKey } from '../../../src/adapters/keys-web.ts'
import { parseConfig } from '../../../src/config/index.ts'
import {
  FLOW_SECONDS,
  type FlowTokenKind,
  INTENTS,
  openFlow,
  sealFlow,
} from '../../../src/core/federation/flow.ts'
import {
  flowSecretsOf,
  isFormPostSecret,
  newFlowSecret,
  parseFlowSecrets,
  withSecret,
} from '../../../src/core/federation/flow-secrets.ts'

const config = parseConfig({ JWT_SECRET_KEY: 'a-key-that-only-the-tests-know-0123456789' })
const { sealing } = await factorDeps(config, importKey)
let now = Date.parse('2026-01-31T12:00:00.000Z')
const deps = { sealing, clock: { now: () => new Date(now) } as never }

const PROFILE = { issuer: 'https://p.example', subject: '1', email: 'a@example.org' } as never
const CLAIMS = {
  state: { provider: 'fake', intent: 'login', returnTo: 0 },
  code: { provider: 'fake', intent: 'login', profile: PROFILE },
  link: { provider: 'fake', userId: '1', profile: PROFILE },
} as const
const KINDS = Object.keys(CLAIMS) as FlowTokenKind[]

async function sealed(kind: FlowTokenKind) {
  const secret = newFlowSecret({ isFormPost: false })
  const secrets = await flowSecretsOf(secret)
  return { secret, text: await sealFlow(deps, kind, CLAIMS[kind] as never, secrets) }
}

describe.each(KINDS)('a sealed %s', (kind) => {
  it('opens with the secret of its browser, whichever place that has in the cookie', async () => {
    const { secret, text } = await sealed(kind)
    const others = [newFlowSecret({ isFormPost: true }), newFlowSecret({ isFormPost: false })]
    for (const cookie of [[secret], [secret, ...others], [...others, secret]]) {
      const opened = await openFlow(deps, kind, text, cookie)
      expect(opened).toMatchObject({ claims: CLAIMS[kind], secret })
    }
  })

  it('opens with no other secret, and as no other kind', async () => {
    const { secret, text } = await sealed(kind)
    expect(await openFlow(deps, kind, text, [])).toBeUndefined()
    expect(await openFlow(deps, kind, text, [newFlowSecret({ isFormPost: false })])).toBeUndefined()
    for (const other of KINDS.filter((one) => one !== kind)) {
      expect(await openFlow(deps, other, text, [secret])).toBeUndefined()
    }
  })

  it('opens until its time is over, to the millisecond', async () => {
    const { secret, text } = await sealed(kind)
    const begun = now
    now = begun + FLOW_SECONDS[kind] * 1000 - 1
    expect(await openFlow(deps, kind, text, [secret])).toBeDefined()
    now = begun + FLOW_SECONDS[kind] * 1000
    expect(await openFlow(deps, kind, text, [secret])).toBeUndefined()
  })

  it('opens in one spelling, and with no character changed', async () => {
    const { secret, text } = await sealed(kind)
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      const changed = text.slice(0, at) + other + text.slice(at + 1)
      expect([at, await openFlow(deps, kind, changed, [secret])]).toEqual([at, undefined])
    }
    for (const other of [
      `${text}.x`,
      `${text}=`,
      ` ${text}`,
      text.slice(0, -1),
      '',
      '..',
      'a.b.c',
    ]) {
      expect(await openFlow(deps, kind, other, [secret])).toBeUndefined()
    }
  })

  it('tells nothing of what is in it, nor of the secret', async () => {
    const { secret, text } = await sealed(kind)
    const { binding, codeVerifier, nonce } = await flowSecretsOf(secret)
    const bytes = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    for (const hidden of [secret, binding, codeVerifier, nonce, 'fake', 'example.org']) {
      expect(text).not.toContain(hidden)
      expect(bytes.join()).not.toContain(hidden)
    }
  })
})

it.each(INTENTS)('a state to %s is never longer than the 500 characters of X', async (intent) => {
  const longest = {
    ...{ provider: 'p'.repeat(32), intent, returnTo: 999 },
    caller: { userId: crypto.randomUUID(), sessionId: crypto.randomUUID() },
  }
  const secrets = await flowSecretsOf(newFlowSecret({ isFormPost: true }))
  expect((await sealFlow(deps, 'state', longest, secrets)).length).toBeLessThanOrEqual(500)
})

describe('the secrets of a browser', () => {
  it('give each flow values of its own, of which the verifier is as RFC 7636 wants it', async () => {
    const secret = newFlowSecret({ isFormPost: false })
    const { binding, codeVerifier, nonce } = await flowSecretsOf(secret)
    expect(codeVerifier).toMatch(/^[\w-]{43}$/)
    expect(new Set([secret, binding, codeVerifier, nonce]).size).toBe(4)
    expect(await flowSecretsOf(secret)).toEqual({ binding, codeVerifier, nonce })
    expect((await flowSecretsOf(newFlowSecret({ isFormPost: false }))).binding).not.toBe(binding)
  })

  it('are three at most, the newest first, and say which come back by a POST', () => {
    const made = [1, 2, 3, 4].map(() => newFlowSecret({ isFormPost: false }))
    const kept = made.reduce<string[]>((secrets, one) => withSecret(secrets, one), [])
    expect(kept).toEqual([made[3], made[2], made[1]])
    expect(parseFlowSecrets([...kept, made[0]].join('.'))).toEqual(kept)
    const posting = newFlowSecret({ isFormPost: true })
    expect([posting, made[0] ?? ''].map(isFormPostSecret)).toEqual([true, false])
    expect(parseFlowSecrets(posting)).toEqual([posting])
  })

  it.each(['', 'x', '..', 'a'.repeat(42), `${'a'.repeat(43)}q`, 'a'.repeat(45), '"'.repeat(43)])(
    'are not %j',
    (cookie) => {
      expect(parseFlowSecrets(cookie)).toEqual([])
      expect(parseFlowSecrets(undefined)).toEqual([])
    },
  )
})
