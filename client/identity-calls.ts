import { fieldsOf, hasTexts, readJson } from './answers.ts'
import type { IdentityCalls } from './auth-client.ts'
import { readConfirmation } from './confirmations.ts'
import type { Mode } from './mode.ts'
import { postRequest, WITH_COOKIE } from './posts.ts'
import { serviceRequest } from './request.ts'
import type { Identity, IdentityList } from './types.ts'

type Deps = { url: (path: string) => URL; mode: Mode }

/** The calls around the accounts at providers that a user has. */
export function createIdentityCalls({ url, mode }: Deps): IdentityCalls {
  return {
    linkIdentity: (link_token) =>
      readJson(
        mode.send(postRequest(url('auth/identities'), { link_token }, WITH_COOKIE)),
        isIdentity,
      ),
    identities: () => readJson(mode.send(serviceRequest(url('auth/identities'))), isIdentityList),
    unlink: (id) =>
      readConfirmation(
        mode.send(
          serviceRequest(url(`auth/identities/${encodeURIComponent(id)}`), { method: 'DELETE' }),
        ),
      ),
  }
}

export function isIdentity(value: unknown): value is Identity {
  return hasTexts(value, 'id', 'provider')
}

function isIdentityList(value: unknown): value is IdentityList {
  const { identities } = fieldsOf(value)
  return Array.isArray(identities) && identities.every(isIdentity)
}
