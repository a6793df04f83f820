import { requiredOnNode } from '../src/config/database.ts'
import { type Config, parseConfig } from '../src/config/index.ts'
import { withDevelopmentMailbox } from '../src/config/mail.ts'

/** Returns the whole configuration of the service, for a command that signs what it signs. A command does not listen. */
export function serviceConfig(): Config {
  const env = withDevelopmentMailbox({ ...process.env, HOST: undefined, PORT: undefined })
  return parseConfig(env, requiredOnNode(env))
}
