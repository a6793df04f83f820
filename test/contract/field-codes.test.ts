import { afterAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import {
  AppError,
  FIELD_PROBLEMS,
  type FieldCode,
  PROBLEMS,
  type ProblemCode,
  sentenceOf,
} from '../../src/errors.ts'
import { refusal, validationFailed } from '../../src/http/validation.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { LEAKED } from '../support/breaches.ts'
import { uniqueName } from '../support/names.ts'
import type { Document } from '../support/openapi.ts'
import { createTestApp } from '../support/runtime.ts'

const t: TestApp = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
afterAll(() => t.close())

type Refused = Promise<{ pointer: string; code: string; detail: string }[] | undefined>

async function fieldsOf(response: Response): Refused {
  return (await response.json()).errors
}

async function signup(fields: Record<string, unknown>): Refused {
  const username = uniqueName()
  const account = { username, email: `${username}@example.org`, password: PASSWORD }
  return fieldsOf(await t.post('/auth/signup', { ...account, ...fields }))
}

async function keepPassword(): Refused {
  const { access_token } = await t.login(await t.signup())
  const change = { current_password: PASSWORD, new_password: PASSWORD }
  return fieldsOf(await t.post('/auth/password', change, access_token))
}

async function chooseLeaked(): Refused {
  const env = { BREACH_CHECK: 'refuse', BREACH_CHECK_URL: `${inject('breachServer')}/list` }
  const username = uniqueName()
  const account = { username, email: `${username}@example.org`, password: LEAKED }
  return fieldsOf(await (await t.beside({ env })).post('/auth/signup', account))
}

/** For what no route asks for yet. */
async function judgedBy(schema: z.ZodType, value: unknown): Refused {
  return validationFailed(schema.safeParse(value).error?.issues ?? []).options.errors
}

/** A way to each code: without one a new code does not compile. */
const WAYS: Record<FieldCode, () => Refused> = {
  required: () => signup({ email: undefined }),
  unknown_field: () => signup({ is_admin: true }),
  invalid_type: () => signup({ email: 1 }),
  invalid_format: () => signup({ email: 'ada' }),
  invalid_value: () => judgedBy(z.enum(['a', 'b']), 'c'),
  invalid: () => signup({ password: `${PASSWORD}\u0000` }),
  too_short: () => signup({ password: 'zq-7Kmv' }),
  too_long: () => signup({ password: 'zq-7Kmvo'.repeat(17) }),
  too_common: () => signup({ password: 'password' }),
  contains_identifier: () => signup({ username: 'ada.lovelace', password: 'Ada.Lovelace' }),
  breached: chooseLeaked,
  unchanged: keepPassword,
  already_taken: async () => signup({ username: (await t.signup()).username }),
  domain_not_allowed: async () => {
    const closed = await t.beside({ env: { SIGNUP_BLOCKED_DOMAINS: 'example.com' } })
    const username = uniqueName()
    const account = { username, email: `${username}@example.com`, password: PASSWORD }
    return fieldsOf(await closed.post('/auth/signup', account))
  },
  challenge_failed: async () => {
    const guarded = await t.beside({ deps: { humans: { isHuman: async () => false } } })
    const username = uniqueName()
    const account = { username, email: `${username}@example.org`, password: PASSWORD }
    const answer = guarded.post('/auth/signup', { ...account, turnstile_token: 'x' })
    return fieldsOf(await answer)
  },
}

/** Short, from its capital letter to its full stop, and with no word of the protocol or of a library. */
const SENTENCE =
  /^(?!.*(\bJSON\b|pointer|Invalid input|expected|regex|undefined|null|\/|_))[A-Z].{8,110}[.]$/

describe('what people are told', () => {
  it.each(Object.keys(PROBLEMS).filter((code) => !/json|media_type/.test(code)))(
    'is a sentence, for %s',
    (code) => {
      expect(sentenceOf(code as ProblemCode)).toMatch(SENTENCE)
    },
  )

  it('says what is taken, and both where both are', async () => {
    const { username, email } = await t.signup()
    const free = uniqueName()
    const say = async (fields: object) => {
      const account = { username: free, email: `${free}@example.org`, password: PASSWORD }
      const answer = await (await t.post('/auth/signup', { ...account, ...fields })).json()
      const details = answer.errors.map((error: { detail: string }) => error.detail)
      return [answer.detail, ...details]
    }
    const [emailTaken, usernameTaken] = [
      'The email is already in use.',
      'The username is already in use.',
    ]
    expect(await say({ email })).toEqual([emailTaken, emailTaken])
    expect(await say({ username })).toEqual([usernameTaken, usernameTaken])
    const both = 'The username or email is already in use.'
    expect(await say({ username, email })).toEqual([both, usernameTaken, emailTaken])
  })

  it('does not tell an unknown user from a wrong password', async () => {
    const { username } = await t.signup()
    const attempts = [username, uniqueName(), `${uniqueName()}@example.org`].map(async (name) => {
      const answer = await t.post('/auth/login', { username_or_email: name, password: 'wrong one' })
      const { request_id: _, ...problem } = await answer.json()
      return problem
    })
    const [wrongPassword, ...unknown] = await Promise.all(attempts)
    expect(wrongPassword.detail).toBe('Wrong username or password.')
    expect(unknown).toEqual([wrongPassword, wrongPassword])
  })
})

describe('every code of a field', () => {
  it.each(Object.entries(WAYS))('%s is given, and nothing beside it', async (code, refused) => {
    expect(await refused()).toMatchObject([{ code }])
  })

  /** zod's own words would do for nobody: a route that uses such a schema gives a sentence of its own. */
  const withoutRoute = ['invalid_value']

  it.each(Object.entries(WAYS).filter(([code]) => !withoutRoute.includes(code)))(
    '%s comes with a sentence that can be shown as it is',
    async (_code, refused) => {
      for (const { detail } of (await refused()) ?? []) expect(detail).toMatch(SENTENCE)
    },
  )

  it('is in the document, with its meaning, and no other is', () => {
    const { properties } = document.components.schemas.FieldProblem as {
      properties: { code: { enum: string[]; description: string } }
    }
    const { enum: codes, description } = properties.code
    expect(codes).toEqual(Object.keys(FIELD_PROBLEMS))
    expect(description.split('\n')).toEqual(
      Object.entries(FIELD_PROBLEMS).map(([code, meaning]) => `- \`${code}\`: ${meaning}`),
    )
  })
})

describe('a code that is not in the list', () => {
  it('does not compile', () => {
    // @ts-expect-error
    refusal('too_blue', 'Use less blue.')
    new AppError('validation_failed', {
      // @ts-expect-error
      errors: [{ pointer: '/colour', code: 'too_blue', detail: 'Use less blue.' }],
    })
  })

  it('is not sent, even where a schema is given it past the compiler', async () => {
    const schema = z.string().refine(() => false, { params: { code: 'toString' } })
    expect(await judgedBy(schema, 'x')).toMatchObject([{ code: 'invalid' }])
  })
})
