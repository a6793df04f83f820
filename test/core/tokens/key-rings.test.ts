import { expect, it } from 'vitest'
import { importKey } from '../../../src/adapters/keys-web.ts'
import { importKeys } from '../../../src/core/tokens/key-rings.ts'
import { newKeySet } from '../../../tools/key-set.ts'
import { SECRET } from '../../support/app.ts'

it.each([
  ['a shared secret', { algorithm: 'HS256', secretKey: SECRET, keySet: undefined }],
  ['a key pair', { algorithm: 'ES256', secretKey: undefined, keySet: newKeySet('ES256') }],
] as const)('of %s each kind of token has keys of its own', async (_, settings) => {
  const { rings } = await importKeys(settings, importKey)
  const keys = Object.entries(rings).map(([kind, { signing }]) => ({ kind, key: signing.key }))
  expect(keys.map(({ kind }) => kind)).toEqual(['access', 'refresh', 'cookie'])
  for (const { kind, key } of keys) {
    const signature = await key.sign('header.claims')
    // Whatever the header says: the key alone refuses what it did not sign.
    const takenBy = await Promise.all(
      keys.map(async (other) =>
        (await other.key.verify('header.claims', signature)) ? other.kind : [],
      ),
    )
    expect(takenBy.flat()).toEqual([kind])
  }
})
