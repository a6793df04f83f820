import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type {
  AuthClient,
  AuthError,
  FieldCode,
  FieldProblem,
  LoginInput,
  User,
} from '../../client/index.ts'
import type { LoginRequest } from '../../src/features/auth/login/schemas.ts'
import type { User as UserSchema } from '../../src/http/schemas.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

it('is importable as edge-auth/client, needs nothing else, and stays small', async () => {
  await promisify(execFile)('npm', ['run', 'build:client'], { cwd: root })
  const built = fileURLToPath(import.meta.resolve('edge-auth/client'))
  const text = await readFile(built, 'utf8')
  expect(text).not.toMatch(/^import\b/m)
  expect(text.length).toBeLessThan(16_000)
  const client = await import(built)
  expect(Object.keys(client).toSorted()).toEqual([
    'AuthError',
    'NetworkError',
    'createAuthClient',
    'memoryStorage',
  ])
})

it('has the types of the schemas', () => {
  expectTypeOf<User>().toEqualTypeOf<z.output<ReturnType<typeof UserSchema>>>()
  expectTypeOf<LoginInput>().toEqualTypeOf<z.input<typeof LoginRequest>>()
  expectTypeOf<ReturnType<AuthClient['me']>>().resolves.toEqualTypeOf<User>()
  expectTypeOf<User['username']>().toEqualTypeOf<string>()
  expectTypeOf<'already_taken'>().toExtend<AuthError['code']>()
  expectTypeOf<'no_such_code'>().not.toExtend<AuthError['code']>()
  expectTypeOf<'too_short'>().toExtend<FieldCode>()
  expectTypeOf<'no_such_code'>().not.toExtend<FieldCode>()
  expectTypeOf<AuthError['errors'][number]>().toEqualTypeOf<FieldProblem>()
})
