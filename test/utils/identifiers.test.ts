import { describe, expect, it } from 'vitest'
import {
  identifierKey,
  isUsername,
  looksLikeEmail,
  mailbox,
  shownUsername,
} from '../../src/utils/identifiers.ts'

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
      if (mailbox(email)) {
        expect(identifierKey(email)).toMatch(/^[!-~]+$/)
        expect(identifierKey(email).split('@')).toHaveLength(2)
      }
    }
  })

  it('of a username is never one that looks like an email', () => {
    for (const character of characters()) {
      const name = `ab${character}cd`
      if (isUsername(name)) expect(looksLikeEmail(name)).toBe(false)
      if (mailbox(`${name}@example.org`)) expect(looksLikeEmail(`${name}@example.org`)).toBe(true)
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

describe('an email', () => {
  it.each([
    ['as typed', 'Ada.L+tag@Example.org', 'Ada.L+tag@Example.org'],
    ['a full-width at sign', 'ada\uff20example.org', 'ada@example.org'],
    ['a Kelvin sign', '\u212aurt@example.org', 'Kurt@example.org'],
    ['full-width letters', '\uff41da@\uff45xample\uff0eorg', 'ada@example.org'],
    ['a Unicode domain', 'Ada@B\u00fccher.example', 'Ada@xn--bcher-kva.example'],
    ['its capitals', 'ada@B\u00dcCHER.Example', 'ada@xn--bcher-kva.example'],
    ['its decomposed form', 'ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['its punycode', 'ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    ['an ideographic dot', 'ada@b\u00fccher\u3002example', 'ada@xn--bcher-kva.example'],
    ['an ideographic dot in ASCII', 'ada@example\uff61org', 'ada@example.org'],
    ['a sharp s, which is none of ss', 'ada@stra\u00dfe.de', 'ada@xn--strae-oqa.de'],
    ['a capital sharp s', 'ada@STRA\u1e9eE.de', 'ada@xn--strae-oqa.de'],
    ['a final sigma', 'ada@\u03ba\u03cc\u03c3\u03bc\u03bf\u03c2.gr', 'ada@xn--vxaejmc7c.gr'],
    ['a dotless i, another domain', 'ada@g\u0131thub.com', 'ada@xn--gthub-n4a.com'],
    ['a Cyrillic look-alike, too', 'ada@\u0430pple.com', 'ada@xn--pple-43d.com'],
    ['a soft hyphen, which is nothing', 'ada@ex\u00adample.org', 'ada@example.org'],
    ['a top-level domain', 'ada@\u4f8b\u3048.\u30c6\u30b9\u30c8', 'ada@xn--r8jz45g.xn--zckzah'],
    ['63 octets a label', `ada@\u00fc${'a'.repeat(55)}.de`, `ada@xn--${'a'.repeat(55)}-oxf.de`],
  ])('with %s', (_what, typed, kept) => {
    const address = mailbox(typed) ?? ''
    expect(address).toBe(kept)
    expect(address).toMatch(/^[!-~]+$/)
    expect(mailbox(address)).toBe(address)
    expect(identifierKey(typed)).toBe(kept.toLowerCase())
    expect(identifierKey(address)).toBe(kept.toLowerCase())
  })

  it.each([
    ['a port', 'ada@b\u00fccher.example:25'],
    ['a full-width port', 'ada@b\u00fccher.example\uff1a25'],
    ['a path', 'ada@b\u00fccher.example/x'],
    ['a full-width path', 'ada@b\u00fccher.example\uff0fx'],
    ['a backslash', 'ada@b\u00fccher.example\\x'],
    ['a query', 'ada@b\u00fccher.example?x'],
    ['a fragment', 'ada@b\u00fccher.example#x'],
    ['user information', 'ada:pw@b\u00fccher.example'],
    ['two at signs', 'ada@b\u00fccher@b\u00fccher.example'],
    ['an escape', 'ada@b%c3%bccher.example'],
    ['an escape beside others', 'ada@\u00fc%2ecom'],
    ['account of', 'ada@\u2100\u00fc.com'],
    ['a line break', 'ada@b\u00fcch\ner.example'],
    ['a space', 'ada@b\u00fc cher.example'],
    ['an underscore', 'ada@b\u00fc_cher.example'],
    ['brackets', 'ada@[\u00fc::1]'],
    ['two dots', 'ada@b\u00fccher..example'],
    ['a dot last', 'ada@b\u00fccher.example\u3002'],
    ['no dot', 'ada@b\u00fccher'],
    ['a mark first', 'ada@\u0308a.example'],
    ['a joiner out of place', 'ada@a\u200db.example'],
    ['punycode of nothing', 'ada@xn--a.example'],
    ['punycode in Unicode', 'ada@xn--b\u00fccher.example'],
    ['64 octets a label', `ada@\u00fc${'a'.repeat(56)}.de`],
    ['255 octets', `ada@${'\u00fc.'.repeat(29)}${'a'.repeat(45)}.de`],
    ['an address in other digits', 'ada@\u0661\u0662\u0667.0.0.1'],
    ['a local part beyond ASCII', '\u00e4da@example.org'],
  ])('with %s is none', (_what, typed) => {
    expect(mailbox(typed)).toBeUndefined()
    // Such a log-in finds nobody, and does not fail.
    expect(identifierKey(identifierKey(typed))).toBe(identifierKey(typed))
  })
})

it('a username is shown as typed, in the compatibility form', () => {
  expect(shownUsername('\uff21da_\u212a')).toBe('Ada_K')
  expect(shownUsername('Jos\u00e9')).toBe('Jos\u00e9')
})
