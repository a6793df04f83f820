import { describe, expect, it } from 'vitest'
import { MAX_ROLES_OF_USER } from '../../../src/core/access/permissions.ts'
import {
  claimsOf,
  MAX_ACCESS_CHARACTERS,
  type TokenSubject,
  type TokenType,
} from '../../../src/core/tokens/claims.ts'
import { base64urlText } from '../../../src/utils/base64.ts'
import { INPUT_LIMITS } from '../../../src/utils/input-limits.ts'

const ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
/** A kid of 100 letters, and the signature of an RSA key of 4,096 bits. */
const HEADER_AND_SIGNATURE = 250 + 684

const settings = {
  issuer: 'ä'.repeat(200),
  audience: 'ä'.repeat(200),
  accessLifetimeSeconds: 60,
  refreshLifetimeSeconds: 60,
}

const LONGEST = { aal: 2, amr: ['pwd', 'otp', 'recovery', 'email', 'hwk', 'user', 'mfa'] } as const

function claims(roles: string[], permissions: string[], type: TokenType = 'access') {
  const email = `${'ü'.repeat(64)}@${'x'.repeat(189)}`
  const user = { id: ID, username: 'u'.repeat(32), email, isEmailVerified: true }
  const at = new Date()
  const session: TokenSubject['session'] = {
    id: ID,
    transport: 'bearer',
    generation: 2 ** 31 - 2,
    issuedAt: at,
    expiresAt: at,
    ...LONGEST,
    authTime: at,
  }
  return claimsOf({ user: { ...user, roles, permissions }, session }, type, settings)
}

/** One permission with which both lists take exactly so many characters. */
function permissionFor(roles: string[], characters: number): string {
  return 'p'.repeat(characters - JSON.stringify({ roles, permissions: [''] }).length)
}

describe('permissions in access tokens', () => {
  const roles = Array.from({ length: MAX_ROLES_OF_USER + 1 }, (_, at) => `${at}`.padEnd(32, 'r'))
  const longest = permissionFor(roles, MAX_ACCESS_CHARACTERS)

  it('are there as long as the token is not too long for proxies and for this service', () => {
    const made = claims(roles, [longest])
    expect(made).toMatchObject({ roles, permissions: [longest] })
    const characters = base64urlText(JSON.stringify(made)).length + HEADER_AND_SIGNATURE
    expect(characters).toBeLessThan(INPUT_LIMITS.tokenCharacters)
  })

  it('are left out as a whole where they take one character more', () => {
    const made = claims(roles, [`${longest}p`])
    expect(made).toMatchObject({ roles })
    expect(made).not.toHaveProperty('permissions')
  })

  it('are in no refresh token', () => {
    expect(claims([], [], 'refresh')).not.toHaveProperty('permissions')
  })
})
