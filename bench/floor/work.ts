import { hash, verify } from '@node-rs/argon2'
import { uuidv7 } from '../../src/utils/uuid.ts'
import * as statements from './statements.ts'
import { type Account, issue, verified } from './tokens.ts'

/** Sends one prepared statement. */
export type Query = (name: string, text: string, values: unknown[]) => Promise<Row[]>
type Row = Account & {
  created_at: Date
  generation: number
  session_epoch: number
  password_hash: string
}
export type Answer = { status: number; body: object }
export type Asked = { authorization: string | undefined; body: () => Promise<string> }

const REFUSED: Answer = { status: 401, body: { code: 'refused' } }
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const ADDRESS = '127.0.0.1'
const AGENT = 'bench'

/** The minimum work of each call on any server: its statements, its hash and its signatures. */
export function floorRoutes(query: Query): Record<string, (asked: Asked) => Promise<Answer>> {
  return {
    'GET /health': async () => ({ status: 200, body: { status: 'ok' } }),

    'GET /auth/me': async ({ authorization }) => {
      const claims = verified(authorization, 'access')
      if (!claims) return REFUSED
      const [user] = await query('me', statements.SELECT_ACTOR, [claims.sid, claims.sub])
      return user ? { status: 200, body: user } : REFUSED
    },

    'POST /auth/refresh': async ({ authorization }) => {
      const claims = verified(authorization, 'refresh')
      if (!claims) return REFUSED
      const { sid, sub, gen } = claims
      const values = [sid, sub, gen, new Date().toISOString(), ADDRESS, AGENT]
      const [row] = await query('refresh', statements.ADVANCE_SESSION, values)
      return row ? { status: 200, body: issue(row, sid, row.generation) } : REFUSED
    },

    'POST /auth/login': async ({ body }) => {
      const { username_or_email, password } = JSON.parse(await body())
      const [account] = await query('account', statements.SELECT_ACCOUNT, [username_or_email])
      if (!account || !(await verify(account.password_hash, password))) return REFUSED
      const { id, session_epoch } = account
      const sid = uuidv7(Date.now())
      const values = [sid, id, session_epoch, new Date().toISOString(), ADDRESS, AGENT]
      await query('login', statements.INSERT_SESSION, values)
      return { status: 200, body: issue(account, sid, 0) }
    },

    'POST /auth/signup': async ({ body }) => {
      const { username, email, password } = JSON.parse(await body())
      const phc = await hash(password, COST)
      const values = [uuidv7(Date.now()), username, username, email, email, phc]
      const [created] = await query('signup', statements.INSERT_USER, values)
      return created ? { status: 201, body: created } : REFUSED
    },
  }
}
