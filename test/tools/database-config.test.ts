import { afterEach, expect, it, vi } from 'vitest'
import { databaseConfig } from '../../tools/database-config.ts'
import { newKey } from '../support/keys.ts'

afterEach(() => vi.unstubAllEnvs())

it('minds nothing but what says where the database is', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://edge@db.example.org/edge')
  // Compilers export this name for the machine that they build for.
  vi.stubEnv('HOST', 'x86_64-apple-darwin13.4.0')
  vi.stubEnv('PORT', 'tcp://10.0.0.1:80')
  vi.stubEnv('JWT_ALGORITHM', 'EdDSA')
  vi.stubEnv('JWT_KEYS', JSON.stringify({ current: await newKey('EdDSA') }))
  expect(databaseConfig()).toMatchObject({ url: 'postgres://edge@db.example.org/edge' })
  vi.stubEnv('DATABASE_URL', 'mysql://edge@db.example.org/edge')
  expect(databaseConfig).toThrow('DATABASE_URL')
})
