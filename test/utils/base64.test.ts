import { describe, expect, it } from 'vitest'
import {
  base64,
  base64Bytes,
  base64url,
  base64urlAscii,
  base64urlBytes,
  base64urlText,
} from '../../src/utils/base64.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('RFC 4648 section 10', () => {
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('%j is %j', (text, encoded) => {
    expect(base64(new TextEncoder().encode(text))).toBe(encoded)
    expect(base64urlText(text)).toBe(encoded)
    expect(base64urlAscii(encoded)).toBe(text)
    expect(new TextDecoder().decode(base64urlBytes(encoded))).toBe(text)
  })
})

it('any bytes come back, as Node writes them', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length))
    expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    expect(base64urlBytes(base64url(bytes))).toEqual(bytes)
    expect(base64Bytes(base64(bytes))).toEqual(bytes)
  }
})

it('one value has one spelling: of all texts of up to three letters only what we write is read', () => {
  const letters = [...ALPHABET, '=', '+', '/', ' ', '\n', '.', '\u00e9']
  let read = 0
  for (const one of letters) {
    for (const two of ['', ...letters]) {
      for (const three of two === '' ? [''] : ['', ...letters]) {
        const text = one + two + three
        const bytes = base64urlBytes(text)
        if (bytes === undefined) continue
        expect(base64url(bytes)).toBe(text)
        read++
      }
    }
  }
  expect(read).toBe(256 + 65_536)
})

it('JSON beyond ASCII is escaped and comes back', () => {
  const value = { name: 'Gr\u00e4fin \u{1f98a} \u2028', lone: '\ud800' }
  const encoded = base64urlText(JSON.stringify(value))
  expect(JSON.parse(base64urlAscii(encoded))).toEqual(value)
})
