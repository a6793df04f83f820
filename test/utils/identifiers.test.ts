import { describe, expect, it } from 'vitest'
import { identifierKey, isEmail, isUsername, looksLikeEmail } from '../../src/utils/identifiers.ts'

/** Every character there is, but surrogates, which are refused before. */
function* characters() {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code)
  }
}

/** A fixed sequence of random numbers, so that a failure is found again. */
function randomFrom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('the canonical form', () => {
  it('of a canonical form is itself, for every character', () => {
    const unstable: string[] = []
    for (const character of characters()) {
      const key = identifierKey(`a${character}b`)
      if (identifierKey(key) !== key) unstable.push(character)
    }
    expect(unstable).toEqual([])
  })

  it('is the same for all cases and normal forms of an accepted username', () => {
    const accepted = [...characters()].filter((character) => isUsername(`ab${character}`))
    expect(accepted.length).toBeGreaterThan(200)
    const random = randomFrom(20_261_123)
    for (let round = 0; round < 5_000; round++) {
      const name = `a${Array.from({ length: 2 + random(6) }, () => accepted[random(accepted.length)]).join('')}`
      if (!isUsername(name)) continue
      const key = identifierKey(name)
      const twins = [
        name.toUpperCase(),
        name.toLowerCase(),
        name.toLowerCase().toUpperCase(),
        name.normalize('NFC'),
        name.normalize('NFD'),
        name.normalize('NFKC'),
        name.normalize('NFKD'),
        key,
      ]
      for (const twin of twins) expect(identifierKey(twin), JSON.stringify([name, twin])).toBe(key)
    }
  })

  it('of an accepted identifier has nothing invisible and nothing of another script', () => {
    for (const character of characters()) {
      for (const name of [`ab${character}`, `a${character}b`, `${character}ab`]) {
        if (isUsername(name)) expect(identifierKey(name)).toMatch(/^[\p{Script=Latin}0-9_.-]+$/u)
      }
      const email = `a${character}b@example.org`
      if (isEmail(email)) {
        expect(identifierKey(email)).toMatch(/^[!-~]+$/)
        expect(identifierKey(email).split('@')).toHaveLength(2)
      }
    }
  })

  it('of a username is never one that looks like an email', () => {
    for (const character of characters()) {
      const name = `ab${character}cd`
      if (isUsername(name)) expect(looksLikeEmail(name)).toBe(false)
      if (isEmail(`${name}@example.org`)) expect(looksLikeEmail(`${name}@example.org`)).toBe(true)
    }
  })
})

describe('look-alikes', () => {
  it.each([
    ['Kelvin sign', '\u212a', 'k'],
    ['long s', '\u017f', 's'],
    ['sharp s', '\u00df', 'ss'],
    ['capital sharp s', '\u1e9e', 'ss'],
    ['full-width at sign', '\uff20', '@'],
    ['ligature', '\ufb01', 'fi'],
    ['dotless i, which is why it is refused', '\u0131', 'i'],
  ])('%s', (_what, character, key) => {
    expect(identifierKey(character)).toBe(key)
  })

  it.each(['\u0131', '\u0430', '\u200d', '\u00ad', '\u0307', '\u0345', '\u02bc'])(
    'none of them is in a username: %j',
    (character) => expect(isUsername(`ab${character}`)).toBe(false),
  )
})
