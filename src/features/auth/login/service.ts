import type { Deps, TokenPair } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { identifierKey, looksLikeEmail } from '../../../utils/identifiers.ts'
import { uuidv7 } from '../../../utils/uuid.ts'
import type { Client } from '../../account/sessions/service.ts'
import { type Account, findAccount, openSession, type Renewal } from './repository.ts'

type LoginInput = { identifier: string; password: string; client: Client }

/** A user's parallel log-ins get through by as many at a time as sessions are allowed; more than this lets in is no person. */
const MAX_ATTEMPTS = 10

/** The hash that the password was right for, and what shall take its place. */
type Proof = { hash: string; renewal: Renewal | undefined }

/**
 * Opens a session for the right password. An unknown user costs a hash too, and all refusals look alike. Where a
 * password change or a crowd of log-ins came between reading the account and opening the session, it is read again.
 */
export async function login(
  deps: Deps,
  { identifier, password, client }: LoginInput,
): Promise<TokenPair> {
  const kind = looksLikeEmail(identifier) ? 'email' : 'username'
  const key = identifierKey(identifier)
  let proof: Proof | undefined

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const account = await findAccount(deps.db, kind, key)
    if (!account) return refuse(deps, password)
    if (account.passwordHash !== proof?.hash) {
      proof = await prove(deps, account.passwordHash, password)
    }
    const tokens = await open(deps, account, proof, client)
    if (tokens) return tokens
  }
  throw new AppError('overloaded', { detail: 'Too many log-ins of this user at once.' })
}

async function refuse({ passwords }: Deps, password: string): Promise<never> {
  await passwords.verify(null, password)
  throw new AppError('invalid_credentials')
}

async function prove({ passwords }: Deps, hash: string, password: string): Promise<Proof> {
  const verdict = await passwords.verify(hash, password)
  if (!verdict) throw new AppError('invalid_credentials')
  if (verdict === 'right') return { hash, renewal: undefined }
  return { hash, renewal: { oldHash: hash, newHash: await passwords.hash(password) } }
}

async function open(
  { config, db, clock, tokens }: Deps,
  account: Account,
  { renewal }: Proof,
  client: Client,
): Promise<TokenPair | undefined> {
  const issuedAt = clock.now()
  const sessionId = uuidv7(issuedAt.getTime())
  const newSession = {
    sessionId,
    userId: account.id,
    epoch: account.epoch,
    issuedAt,
    idleSeconds: config.tokens.refreshLifetimeSeconds,
    lifetimeSeconds: config.sessions.lifetimeSeconds,
    maxOthers: config.sessions.maxPerUser - 1,
    ...client,
  }
  const opened = await openSession(db, newSession, renewal)
  if (!opened) return undefined
  const session = { id: sessionId, generation: 0, issuedAt, expiresAt: opened.expiresAt }
  return tokens.issue({ user: account, session }, issuedAt)
}
