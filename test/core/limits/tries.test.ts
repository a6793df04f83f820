import { describe, expect, it } from 'vitest'
import { importKey } from '../../../src/adapters/keys-web.ts'
import { mailboxMailer } from '../../../src/adapters/mailer-mailbox.ts'
import { parseConfig } from '../../../src/config/index.ts'
import { createPseudonyms } from '../../../src/core/audit/pseudonyms.ts'
import { ALWAYS_LIMITED, LIMITED, LIMITS, type Limited } from '../../../src/core/limits/limits.ts'
import { clientKey, NONE, triesOf } from '../../../src/core/limits/tries.ts'
import { SECRET } from '../../support/app.ts'

type Try = {
  at: number
  name: keyof typeof LIMITS
  key: string
  interval_us: number
  capacity_us: number
  is_about: boolean
}

async function deps(RATE_LIMITS = 'on', { hasMailer = true } = {}) {
  const config = parseConfig({ JWT_SECRET_KEY: SECRET, RATE_LIMITS })
  const pseudonyms = await createPseudonyms(config.tokens, importKey)
  return { config, pseudonyms, mailer: hasMailer ? mailboxMailer : undefined }
}
type Given = Parameters<typeof deps>

const SUBJECT = {
  ip: '203.0.113.9',
  identifier: 'ada@example.org',
  sessionId: 'a-session',
  userId: 'a-user',
}

async function tries(what: Limited, subject: Partial<typeof SUBJECT> = {}, ...given: Given) {
  const text = await triesOf(await deps(...given), what, { ...SUBJECT, ...subject })
  return JSON.parse(text) as Try[]
}

const EVERY = Object.keys(LIMITED) as Limited[]

describe('what a try counts against', () => {
  it.each(EVERY)('%s: its limits, in the order in which a refusal names one', async (what) => {
    const counted = await tries(what)
    expect(counted.map(({ name }) => name)).toEqual(LIMITED[what])
    expect(counted.map(({ at }) => at)).toEqual(LIMITED[what].map((_, at) => at))
    expect(new Set(counted.map(({ key }) => key)).size).toBe(counted.length)
    for (const { key, name } of counted) expect(key).toMatch(new RegExp(`^${name} \\S`))
  })

  it('holds no identifier and no address, in any form', async () => {
    for (const what of EVERY) {
      expect(JSON.stringify(await tries(what))).not.toMatch(/ada|example|203\.0/)
    }
  })

  it('is nothing where limits are off', async () => {
    for (const what of EVERY) {
      if (ALWAYS_LIMITED.includes(what)) continue
      expect(await triesOf(await deps('off'), what, SUBJECT)).toBe(NONE)
    }
    // Nobody is refused by it, and what anybody can cause must not fill the audit trail.
    expect(await triesOf(await deps('off'), 'failure', SUBJECT)).toContain('audit_subject')
    // There are but a million codes.
    expect(await triesOf(await deps('off'), 'mfa', SUBJECT)).toContain('mfa_account')
  })

  it('is no mail where none is sent', async () => {
    const names = (await tries('signup', {}, 'on', { hasMailer: false })).map(({ name }) => name)
    expect(names).toEqual(['signup_client'])
  })

  it('is one key for all spellings of an identifier, and another for another', async () => {
    const keyOf = async (identifier: string) =>
      (await tries('login', { identifier })).find(({ name }) => name === 'login_account')?.key
    const key = await keyOf('ada@example.org')
    for (const same of [
      'Ada@Example.ORG',
      'ADA@EXAMPLE.ORG',
      'ada@example.org',
      'ａda@example.org',
    ]) {
      expect(await keyOf(same)).toBe(key)
    }
    for (const other of ['ada', 'ada@example.com', 'ada+1@example.org', '']) {
      expect(await keyOf(other)).not.toBe(key)
    }
  })

  it('is one key for all addresses of a network, and for all that are unknown', async () => {
    const given = await deps()
    const keyOf = (ip: string | null) => clientKey(given, ip)
    expect(await keyOf('2001:db8:7:7::1')).toBe(await keyOf('2001:db8:7:7:ffff:1:2:3'))
    expect(await keyOf('2001:db8:7:7::1')).not.toBe(await keyOf('2001:db8:7:8::1'))
    expect(await keyOf('203.0.113.9')).not.toBe(await keyOf('203.0.113.10'))
    expect(await keyOf(null)).toBe('unknown')
  })

  it('counts mails of one address apart by their kind, and for one client together', async () => {
    const kinds = ['forgot', 'verification', 'email_change', 'signup'] as const
    const all = await Promise.all(kinds.map((kind) => tries(kind)))
    const keys = (name: string) =>
      new Set(all.flat().flatMap((one) => (one.name === name ? [one.key] : [])))
    expect(keys('mail_address').size).toBe(kinds.length)
    expect(keys('mail_client').size).toBe(1)
  })
})

describe('how long a try takes to come back', () => {
  const sizes = [
    ...[1, 2, 3, 7, 10, 16, 17, 100, 999, 10_000, 999_999, 1_000_000].flatMap((count) =>
      ['1s', '59s', '1m', '1h', '86399s', '1d'].map((period) => [count, period] as const),
    ),
  ]

  it.each(sizes)(
    '%i in %s: whole microseconds, of which exactly so many fit',
    async (count, period) => {
      const [one] = await tries('reset', {}, `reset_client=${count}/${period}`)
      const { interval_us = 0, capacity_us = 0 } = one ?? {}
      expect(Number.isSafeInteger(interval_us) && interval_us > 0).toBe(true)
      expect(capacity_us).toBe(interval_us * count)
      const seconds =
        Number.parseInt(period, 10) * { s: 1, m: 60, h: 3600, d: 86_400 }[period.slice(-1) as 's']
      // Rounded down by less than a microsecond each: nobody waits longer than is promised.
      expect(capacity_us).toBeLessThanOrEqual(seconds * 1e6)
      expect(seconds * 1e6 - capacity_us).toBeLessThan(count)
    },
  )

  it('is that of a shard where shards count, of which there are 16', async () => {
    const shards = new Set<string>()
    for (let turn = 0; turn < 400; turn++) {
      const all = (await tries('forgot')).find(({ name }) => name === 'mail_all')
      shards.add(all?.key ?? '')
      const { count, periodSeconds } = LIMITS.mail_all
      expect(all?.capacity_us).toBe(periodSeconds * 1e6)
      expect(all?.interval_us).toBe((periodSeconds * 1e6 * 16) / count)
    }
    const known = Array.from({ length: 16 }, (_, shard) => `mail_all ${shard}`)
    expect([...shards].sort()).toEqual(known.sort())
  })

  it('lets every shard have one where there are fewer than shards', async () => {
    const all = (await tries('forgot', {}, 'mail_all=3/1h')).find(({ name }) => name === 'mail_all')
    expect([all?.interval_us, all?.capacity_us]).toEqual([3600e6, 3600e6])
  })
})
