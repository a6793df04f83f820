import { createLogger } from '../../src/adapters/logger.ts'
import { nodeDeps } from '../../src/adapters/node-deps.ts'
import { parseConfig } from '../../src/config/index.ts'
import type { SessionTokens } from '../../src/core/tokens/tokens.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { keyOf, usernameOf } from './seeding.ts'
import { JWT_SECRET_KEY } from './targets.ts'

export type Mint = (users: number[]) => Promise<SessionTokens[]>

const PROVEN = { aal: 1, amr: ['pwd'] } as const
const DAY_MS = 86_400_000

/** Issues tokens for seeded sessions with the service's own code, as if their users had just logged in. */
export async function openTokenIssuer(databaseUrl: string): Promise<Mint> {
  const connection = connectPostgres(databaseUrl)
  const config = parseConfig({ JWT_SECRET_KEY, DATABASE_URL: databaseUrl })
  const { tokens } = await nodeDeps(
    config,
    connection,
    createLogger(() => {}),
  )
  await connection.close()
  return (users) => {
    const now = new Date()
    const expiresAt = new Date(now.getTime() + DAY_MS)
    const pairs = users.map((number) => {
      const username = usernameOf(number)
      const user = {
        id: keyOf('user', number),
        username,
        email: `${username}@example.org`,
        isEmailVerified: false,
        roles: ['user'],
        permissions: [],
      }
      const session = {
        id: keyOf('session', number),
        transport: 'bearer' as const,
        generation: 0,
        issuedAt: now,
        expiresAt,
        ...PROVEN,
        authTime: now,
      }
      return tokens.issue({ user, session }, now)
    })
    return Promise.all(pairs)
  }
}
