import { importKey } from '../src/adapters/keys-node.ts'
import type { Config } from '../src/config/index.ts'
import { createPseudonyms, type Pseudonyms } from '../src/core/audit/pseudonyms.ts'
import { createOneTimeTokens, type TokenRef } from '../src/core/one-time-tokens/tokens.ts'
import { createLinks } from '../src/mail/links.ts'
import { serviceConfig } from './service-config.ts'

type LinkMaker = {
  config: Config
  pseudonyms: Pseudonyms
  /** Returns the link by which the owner of the token chooses a password. */
  linkOf: (token: TokenRef) => Promise<string>
}

/**
 * Reads the service's whole configuration, for it says what signs a link and where it leads. Commands print the links that
 * they make, and mail nothing.
 */
export async function passwordLinks(): Promise<LinkMaker> {
  const config = serviceConfig()
  const [oneTimeTokens, pseudonyms] = await Promise.all([
    createOneTimeTokens(config.tokens, importKey),
    createPseudonyms(config.tokens, importKey),
  ])
  const publicUrl = config.links.publicUrl ?? `http://localhost:${process.env.PORT || 8000}`
  const link = createLinks({ ...config.links, publicUrl })
  return {
    ...{ config, pseudonyms },
    linkOf: async (token) =>
      link('reset_password', await oneTimeTokens.mint('reset_password', token)),
  }
}
