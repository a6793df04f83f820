import { describe, expect, it } from 'vitest'
import { importKey as byNode } from '../../../src/adapters/keys-node.ts'
import { importKey as byWeb } from '../../../src/adapters/keys-web.ts'
import { createPseudonyms } from '../../../src/core/audit/pseudonyms.ts'
import type { Algorithm } from '../../../src/core/tokens/algorithms.ts'
import { secretJwk } from '../../../src/core/tokens/jwk.ts'
import type { KeySettings } from '../../../src/core/tokens/settings.ts'
import { newKeySet, rotated } from '../../../tools/key-set.ts'

const SECRET = 'one-key-of-enough-bytes-0123456789'
const bySecret: KeySettings = { algorithm: 'HS256', secretKey: SECRET, keySet: undefined }
const bySet = (algorithm: Algorithm, keySet = newKeySet(algorithm)): KeySettings => ({
  algorithm,
  secretKey: undefined,
  keySet,
})
const namesBy = async (settings: KeySettings, importKey = byWeb) => {
  const { account, address } = await createPseudonyms(settings, importKey)
  return [await account('ada'), await account('ödipus@例え'), await address('203.0.113.9')]
}

describe.each<[string, KeySettings]>([
  ['a shared secret', bySecret],
  ['HS512', bySet('HS512')],
  ['ES256', bySet('ES256')],
  ['EdDSA', bySet('EdDSA')],
  ['RS256', bySet('RS256')],
])('pseudonyms by %s', (_what, settings) => {
  it('are short, the same for the same and on both runtimes, and tell nothing', async () => {
    const names = await namesBy(settings)
    for (const name of names) expect(name).toMatch(/^[\w-]{16}$/)
    expect(new Set(names).size).toBe(3)
    expect(await namesBy(settings, byNode)).toEqual(names)
    expect(await namesBy(settings)).toEqual(names)
  })

  it('are of an account or of an address, never of both', async () => {
    const { account, address } = await createPseudonyms(settings, byNode)
    expect(await account('203.0.113.9')).not.toBe(await address('203.0.113.9'))
  })
})

it('a known answer, so that no release renames what logs hold', async () => {
  expect(await namesBy(bySecret)).toEqual(KNOWN)
})

it('another key names everybody anew', async () => {
  const others = await namesBy({ ...bySecret, secretKey: `${SECRET}.` })
  const names = await namesBy(bySecret)
  for (const [at, name] of names.entries()) expect(others[at]).not.toBe(name)
})

it('rotations change nothing until the oldest key is dropped', async () => {
  const first = newKeySet('ES256')
  const names = await namesBy(bySet('ES256', first))
  const second = rotated(first)
  const third = rotated(second)
  expect(await namesBy(bySet('ES256', second))).toEqual(names)
  expect(await namesBy(bySet('ES256', third))).toEqual(names)
  const dropped = rotated(third, { dropPrevious: true })
  expect(await namesBy(bySet('ES256', dropped))).not.toEqual(names)
})

it('a shared secret that became the first key of a set names as before', async () => {
  const set = { current: secretJwk(SECRET, 'HS256', 'old'), previous: [] }
  expect(await namesBy(bySet('HS256', rotated(rotated(set))))).toEqual(await namesBy(bySecret))
})

/** What `namesBy` gives for `SECRET`. */
const KNOWN = ['cyG3UBTbg1x-KCox', 'kzakUnUdyOU4mN9E', 'shwrukoer0xUXbd3']
