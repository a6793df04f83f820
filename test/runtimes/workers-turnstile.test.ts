import { expect, inject, it } from 'vitest'
import { turnstile } from '../../src/adapters/turnstile.ts'
import { HumanCheckFailed } from '../../src/core/humans/human-check.ts'
import { humanToken, robotToken, silentToken } from '../support/turnstile.ts'
import { TURNSTILE_KEY } from '../support/turnstile-key.ts'

const ask = (token: string, { url = inject('turnstileUrl'), deadline = 60_000 } = {}) =>
  turnstile({ secretKey: TURNSTILE_KEY, url }, deadline)?.isHuman(
    token,
    '192.0.2.1',
    new AbortController().signal,
  )
const failed = (code: string) => expect.objectContaining({ name: HumanCheckFailed.name, code })

it('workerd asks Turnstile, and reads its answers', async () => {
  const token = humanToken()
  expect([await ask(token), await ask(token), await ask(robotToken())]).toEqual([
    true,
    false,
    false,
  ])
})

it('workerd waits for a Turnstile that says nothing no longer than it may', async () => {
  await expect(ask(silentToken(), { deadline: 200 })).rejects.toEqual(failed('TIMEOUT'))
})

it('workerd takes the key nowhere else', async () => {
  const url = inject('redirectingEndpoint').replace('/sql', '/siteverify')
  await expect(ask(humanToken(), { url })).rejects.toEqual(failed('HTTP_307'))
  expect(await (await fetch(url)).text()).toBe('0')
})
