import { describe, expect, it } from 'vitest'
import { clientAddressBehind } from '../../src/adapters/client-address-node.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { parseUserAgent } from '../../src/utils/user-agent.ts'
import { uuidv7 } from '../../src/utils/uuid.ts'
import { visible } from '../../src/utils/visible.ts'
import { within } from '../support/patience.ts'

describe('user agents', () => {
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0'
  it.each<[string, string | null, string | null, string | null]>([
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
      'Firefox 143',
      'Linux',
      'desktop',
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36`,
      'Chrome 141',
      'Windows 10',
      'desktop',
    ],
    [
      `Mozilla/5.0 (Linux; Android 10; K) ${chrome} Mobile Safari/537.36`,
      'Chrome 141',
      'Android 10',
      'mobile',
    ],
    ['some-client/1.0', null, null, null],
    ['', null, null, null],
  ])('%s', (header, browser, os, device) => {
    const parsed = parseUserAgent(header)
    expect(parsed.browser?.toLowerCase() ?? null).toBe(browser?.toLowerCase() ?? null)
    if (os) expect(parsed.os).toContain(os)
    else expect(parsed.os).toBeNull()
    expect(parsed.device).toBe(device)
  })

  it('whatever the header holds, the answer is three texts or nulls, soon', () => {
    const letters = '()/;., ABCMozilla0123\u00ff\t<>"'
    const started = performance.now()
    for (let round = 0; round < 2_000; round++) {
      const bytes = crypto.getRandomValues(new Uint8Array(round % 512))
      const header = Array.from(bytes, (byte) => letters[byte % letters.length]).join('')
      const parsed = parseUserAgent(header)
      expect(Object.keys(parsed)).toEqual(['browser', 'os', 'device'])
      for (const value of Object.values(parsed)) {
        expect(value === null || (typeof value === 'string' && value !== '')).toBe(true)
      }
    }
    expect(performance.now() - started).toBeLessThan(within(20_000))
    expect(parseUserAgent(null)).toEqual({ browser: null, os: null, device: null })
  })
})

describe('what is seen of a text', () => {
  it.each([
    ['plain', 'Mozilla/5.0 (X11; Linux)', 'Mozilla/5.0 (X11; Linux)'],
    ['other letters and signs', 'Bücher 例え 🦊 €', 'Bücher 例え 🦊 €'],
    ['controls', 'a\u0000b\u001b[31mc\td\u007fe\u009ff', 'ab[31mcdef'],
    ['direction overrides', 'a\u202egpj.\u202cb\u2066c\u2069', 'agpj.bc'],
    ['zero-width characters', 'a\u200b\u200d\ufeff\u00ad\u2060b', 'ab'],
    ['separators of lines', 'a\u2028b\u2029c\r\nd', 'abcd'],
    ['tags and noncharacters', 'a\u{e0061}\uffffb', 'ab'],
    ['halves of pairs', '\udc00a\ud83d', 'a'],
  ])('%s', (_what, text, seen) => expect(visible(text)).toBe(seen))
})

describe('UUIDs of version 7', () => {
  it('have the form of RFC 9562 and the time in front', () => {
    // The example of RFC 9562, appendix A.6.
    expect(uuidv7(0x017f22e279b0)).toMatch(
      /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    for (const time of [0, 1, 0xffff, 0x10000, 2 ** 47, 2 ** 48 - 1]) {
      const uuid = uuidv7(time)
      expect(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)).toBe(time)
      expect(uuid[14]).toBe('7')
    }
  })

  it('grow with time and are never the same', () => {
    const times = Array.from({ length: 2_000 }, (_, at) => 1_790_000_000_000 + at * 7)
    const uuids = times.map(uuidv7)
    expect(uuids.toSorted()).toEqual(uuids)
    expect(new Set(Array.from({ length: 5_000 }, () => uuidv7(1))).size).toBe(5_000)
  })
})

describe('the client’s address on Node', () => {
  const env = (remoteAddress?: string) => ({ incoming: { socket: { remoteAddress } } })
  it.each<[number, string | undefined, string | undefined, string | undefined]>([
    [0, undefined, '203.0.113.9', '203.0.113.9'],
    [0, '198.51.100.1', '203.0.113.9', '203.0.113.9'],
    [0, undefined, '::ffff:203.0.113.9', '203.0.113.9'],
    [0, undefined, '2001:db8::1', '2001:db8::1'],
    [0, undefined, undefined, undefined],
    [1, undefined, '10.0.0.1', '10.0.0.1'],
    [1, '198.51.100.1', '10.0.0.1', '198.51.100.1'],
    [1, '1.1.1.1, 198.51.100.1', '10.0.0.1', '198.51.100.1'],
    [2, '1.1.1.1, 198.51.100.1, 10.0.0.2', '10.0.0.1', '198.51.100.1'],
    [3, '198.51.100.1', '10.0.0.1', '10.0.0.1'],
    [1, '1.1.1.1, ', '10.0.0.1', '10.0.0.1'],
    [1, '198.51.100.1:5678', '10.0.0.1', '198.51.100.1'],
    [1, '1.1.1.1, [2001:DB8::1]:443', '10.0.0.1', '2001:db8::1'],
    [0, undefined, 'fe80::1%eth0', 'fe80::1'],
    // A proxy that hides the client does not make the proxy one.
    [1, 'unknown', '10.0.0.1', undefined],
    [1, '1.1.1.1, _hidden', '10.0.0.1', undefined],
    [1, 'x'.repeat(500), '10.0.0.1', undefined],
    [2, '<script>alert(1)</script>, 10.0.0.2', '10.0.0.1', undefined],
    [0, undefined, '/run/auth.sock', undefined],
  ])('behind %i proxies, with %s', (count, forwarded, peer, expected) => {
    const header = (name: string) => (name === 'x-forwarded-for' ? forwarded : '6.6.6.6')
    expect(clientAddressBehind(count)({ header, env: env(peer) })).toBe(expected)
  })
})

describe('the log', () => {
  it('is one line an event, whatever the fields hold', () => {
    const lines: string[] = []
    createLogger((line) => lines.push(line)).warn('event', {
      text: 'a\nb\r{"level":"error"}\u2028',
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(/[\n\r]/)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', event: 'event' })
  })

  it('that cannot be written decides nothing', () => {
    const logger = createLogger(() => {
      throw new Error('disk full')
    })
    expect(() => logger.error('event')).not.toThrow()
  })
})
