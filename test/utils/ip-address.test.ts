import { BlockList, isIP } from 'node:net'
import { describe, expect, it } from 'vitest'
import { canonicalAddress, networkOf, networkPattern } from '../../src/utils/ip-address.ts'

describe('an address has one spelling', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    [' 203.0.113.9\t', '203.0.113.9'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['203.0.113.9:5678', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    // Without brackets there is no telling a port from a group (RFC 5952 section 6).
    ['2001:db8::1:443', '2001:db8::1:443'],
    // RFC 5952 sections 4.1 to 4.3.
    ['2001:0DB8:0000:0000:0000:0000:0002:0001', '2001:db8::2:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['[::ffff:203.0.113.9]:80', '203.0.113.9'],
    ['64:ff9b::203.0.113.9', '64:ff9b::cb00:7109'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25en0.1]:8080', 'fe80::1'],
  ])('%s', (written, canonical) => {
    expect(canonicalAddress(written)).toBe(canonical)
    expect(canonicalAddress(canonical)).toBe(canonical)
    expect(isIP(canonical)).toBeGreaterThan(0)
  })
})

describe('what is no address is none', () => {
  it.each([
    [undefined],
    [''],
    [' '],
    ['unknown'],
    ['_hidden'],
    ['_hidden:80'],
    ['localhost'],
    ['<b>203.0.113.9</b>'],
    ['203.0.113.9<script>'],
    ['203.0.113'],
    ['203.0.113.256'],
    ['203.0.113.09'],
    ['0xcb.0.113.9'],
    ['3405803785'],
    ['203.0.113.9.'],
    ['203.0.113.9:'],
    ['203.0.113.9:port'],
    ['203.0.113.9:123456'],
    ['203.0.113.9/24'],
    ['203.0.113.9 203.0.113.10'],
    ['203.0.113.9, 203.0.113.10'],
    ['[203.0.113.9]'],
    ['"203.0.113.9"'],
    ['for=203.0.113.9'],
    ['１.2.3.4'],
    [':'],
    [':::'],
    ['1::2::3'],
    ['2001:db8::g'],
    ['2001:db8::1]'],
    ['[2001:db8::1'],
    ['[[2001:db8::1]]'],
    ['[2001:db8::1]443'],
    ['[2001:db8::1]:x'],
    ['2001:db8::1%'],
    ['2001:db8::1%e th'],
    ['2001:db8::/32'],
    ['::ffff:203.0.113.256'],
    ['1:2:3:4:5:6:7:8:9'],
    [`${'1:'.repeat(400)}1`],
    ['9'.repeat(500)],
  ])('%s', (written) => expect(canonicalAddress(written)).toBeUndefined())
})

describe('the network of a client', () => {
  const network = (written: string) => networkOf(canonicalAddress(written) ?? '')

  it.each([
    ['203.0.113.9', '203.0.113.9/32'],
    ['0.0.0.0', '0.0.0.0/32'],
    // One that is mapped is the IPv4 address, and no /64 that all of them would share.
    ['::ffff:203.0.113.9', '203.0.113.9/32'],
    ['::FFFF:cb00:7109', '203.0.113.9/32'],
    ['[0:0:0:0:0:ffff:203.0.113.9]:443', '203.0.113.9/32'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:8080', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:db8::1:1:2:3:4', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1::/64'],
    ['2001::1:2:3:4:5:6', '2001:0:1:2::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['1::', '1:0:0:0::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is of %s', (written, expected) => expect(network(written)).toBe(expected))

  it('holds its address, and no other network does, however it is written', () => {
    const groups = Array.from({ length: 400 }, () =>
      Array.from(crypto.getRandomValues(new Uint16Array(8)), (group) => (group % 3 ? group : 0)),
    )
    for (const address of groups) {
      const written = address.map((group) => group.toString(16).padStart(4, '0')).join(':')
      const found = network(written)
      const list = new BlockList()
      list.addSubnet(found.replace(/\/64$/, ''), 64, 'ipv6')
      expect(list.check(written, 'ipv6'), written).toBe(true)
      const beside = [...address.slice(0, 3), (address[3] ?? 0) ^ 1, ...address.slice(4)]
      const other = beside.map((group) => group.toString(16)).join(':')
      expect(list.check(other, 'ipv6'), other).toBe(false)
      expect(network(other)).not.toBe(found)
    }
  })
})

describe('the pattern of the addresses of a client', () => {
  /** What LIKE does, for patterns whose only wildcard is a percent sign at the end. */
  const isLike = (address: string, pattern: string) =>
    pattern.endsWith('%') ? address.startsWith(pattern.slice(0, -1)) : address === pattern
  const canonical = (written: string) => canonicalAddress(written) ?? ''

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2::1', '2001:db8:1:2:%'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:%'],
    ['2001:db8:1:2::', '2001:db8:1:2:%'],
    ['2001:db8:0:1::1', '2001:db8:0:1:%'],
    // The zeros of the network are left out, so that no pattern tells it from others.
    ['2001:db8::1', '2001:db8::1'],
    ['::1', '::1'],
    ['::', '::'],
  ])('%s: %s', (written, pattern) => expect(networkPattern(canonical(written))).toBe(pattern))

  it('is met by its address, and by none of another network', () => {
    const group = () => (crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) % 3
    for (let turn = 0; turn < 3000; turn++) {
      const [one, other] = [0, 1].map(() =>
        canonical(Array.from({ length: 8 }, () => group().toString(16)).join(':')),
      ) as [string, string]
      const pattern = networkPattern(one)
      expect(pattern).toMatch(/^[\da-f:.]+%?$/)
      expect(isLike(one, pattern)).toBe(true)
      if (isLike(other, pattern)) expect(networkOf(other)).toBe(networkOf(one))
    }
  })
})
