import { describe, expect, it } from 'vitest'
import { usernameCandidates } from '../../../src/core/federation/username.ts'
import { isUsername } from '../../../src/utils/identifiers.ts'

const NOBODY = { username: null, email: null, displayName: null }

describe('usernameCandidates', () => {
  it.each([
    ['the profile’s username', { username: 'grace' }, 'grace'],
    ['what stands before the at sign', { email: 'grace.h@example.net' }, 'grace.h'],
    ['the name', { displayName: 'Grace Hopper' }, 'Grace.Hopper'],
    [
      'the username before the others',
      { username: 'amazing', email: 'g@x.org', displayName: 'G H' },
      'amazing',
    ],
    ['what may stand in one of a plus tag', { email: 'grace+home@example.net' }, 'gracehome'],
    ['accents', { displayName: 'Zoë Müller' }, 'Zoë.Müller'],
    ['no sign at the start', { username: '__grace' }, 'grace'],
    ['no sign at the end', { username: 'grace..' }, 'grace'],
    ['letters of other spellings', { username: 'ｇｒａｃｅ' }, 'grace'],
    ['32 characters at most', { username: 'a'.repeat(64) }, 'a'.repeat(32)],
    ['nothing of another script', { displayName: 'Грейс', email: 'hopper@example.net' }, 'hopper'],
    ['nothing that is too short', { username: 'g', email: 'hopper@example.net' }, 'hopper'],
  ])('takes %s', (_, said, best) => {
    expect(usernameCandidates({ ...NOBODY, ...said })[0]).toBe(best)
  })

  it.each([
    ['nothing', {}],
    ['what has no letter', { username: '---', email: '😀@example.net', displayName: '漢字' }],
    ['controls', { username: '\u0000\u202e', displayName: '\u200b' }],
    ['something long', { username: 'b'.repeat(500), displayName: 'É'.repeat(500) }],
    ['what becomes longer', { username: '\ufdfa'.repeat(9), displayName: 'ﬃ'.repeat(40) }],
  ])('of %s makes some that may be usernames, and others each time', (_, said) => {
    const first = usernameCandidates({ ...NOBODY, ...said })
    expect(first.length).toBeGreaterThanOrEqual(4)
    expect(first.filter((name) => !isUsername(name) || name.includes(' '))).toEqual([])
    const second = usernameCandidates({ ...NOBODY, ...said })
    expect(first.at(-1)).not.toBe(second.at(-1))
  })
})
