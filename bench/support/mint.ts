import { nodeDeps } from '../../src/adapters/node-deps.ts'
import { parseConfig } from '../../src/config.ts'
import { connectPostgres } from '../../src/database/postgres.ts'
import type { TokenPair } from '../../src/deps.ts'
import { keyOf, usernameOf } from './seeding.ts'
import { JWT_SECRET_KEY } from './targets.ts'

/** Issues tokens for seeded sessions by the service's own code, as if their users had just logged in. */
export async function mintTokens(url: string, users: number[]): Promise<TokenPair[]> {
  const { db, close } = connectPostgres(url)
  const { tokens } = await nodeDeps(parseConfig({ JWT_SECRET_KEY, DATABASE_URL: url }), db)
  const now = new Date()
  const expiresAt = new Date(now.getTime() + 86_400_000)
  const pairs = users.map((number) => {
    const username = usernameOf(number)
    const user = { id: keyOf('user', number), username, email: `${username}@example.org` }
    const session = { id: keyOf('session', number), generation: 0, issuedAt: now, expiresAt }
    return tokens.issue({ user, session }, now)
  })
  await close()
  return Promise.all(pairs)
}
