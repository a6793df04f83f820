import { loadEnvFile } from '../tools/env-file.ts'
import { withLifetimes } from './lifetimes.ts'
import { withLocalOrigins } from './local-origins.ts'

// The Node server with what development takes for granted, which its own start does not.
loadEnvFile('.env', process.env)
const given = process.env as Record<string, string>
Object.assign(process.env, withLocalOrigins(withLifetimes(given)))

await import('../src/node.ts')
