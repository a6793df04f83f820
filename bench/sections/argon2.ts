import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { owned } from '../support/children.ts'

const MEASURE = fileURLToPath(new URL('../../argon2/measure.ts', import.meta.url))
const LIMIT_MS = 120_000

/** Returns the output of the kernel's own measuring program. */
export async function measureArgon2(): Promise<string> {
  if (!existsSync(MEASURE)) return 'Argon2id: there is no argon2/measure.ts, nothing measured.'
  const child = owned(
    spawn(process.execPath, [MEASURE], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: LIMIT_MS,
    }),
  )
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk
  return `\`\`\`\n${text.trim()}\n\`\`\``
}
