import { withDevelopmentMailbox } from '../src/config/mail.ts'
import { isLoopbackHost } from '../src/utils/loopback.ts'

/**
 * Keeps mails for /dev/mail unless something else is set, with links that lead to the Worker at this port. Not where
 * Wrangler's options let other machines in (`--ip`): it takes from any caller the header that names their address, so
 * that the Worker cannot tell who is on this machine.
 */
export function withMails(
  variables: Record<string, string>,
  port: number,
  options: readonly string[] = [],
): Record<string, string> {
  const PUBLIC_URL = variables.PUBLIC_URL?.trim() || `http://localhost:${port}`
  const kept = letsOthersIn(options) ? variables : withDevelopmentMailbox(variables)
  return { ...kept, PUBLIC_URL }
}

function letsOthersIn(options: readonly string[]): boolean {
  return options.some((option, at) => {
    const [name, value = options[at + 1] ?? ''] = option.split('=', 2)
    return name === '--ip' && !isLoopbackHost(value)
  })
}
