import { importKey } from '../src/adapters/keys-node.ts'
import { parseConfig } from '../src/config/index.ts'
import { createPseudonyms } from '../src/core/audit/pseudonyms.ts'
import { identifierKey } from '../src/utils/identifiers.ts'
import { canonicalAddress } from '../src/utils/ip-address.ts'

/**
 * Prints how the log calls usernames, emails and IP addresses, so that whoever has the service's keys finds their lines:
 * `npm run pseudonym -- ada@example.org 203.0.113.9`.
 */
const named = process.argv.slice(2)
if (named.length === 0) {
  console.error('Name usernames, emails or IP addresses: npm run pseudonym -- ada 203.0.113.9')
  process.exit(1)
}
const { account, address } = await createPseudonyms(parseConfig(process.env).tokens, importKey)
for (const given of named) {
  const ip = canonicalAddress(given)
  const line = ip
    ? ['address', await address(ip)]
    : ['account', await account(identifierKey(given))]
  console.log(`${line.join(' ')} ${given}`)
}
