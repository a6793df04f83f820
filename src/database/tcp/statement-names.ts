import { createHash } from 'node:crypto'
import { SCHEMA_VERSION } from '../schema/version.ts'
import type { Sent } from '../send.ts'

/** Sessions that were swapped once will be swapped again, unless an operator did it by hand. */
const UNNAMED_MILLISECONDS = 3_600_000

/**
 * Makes names that mean the same statement everywhere. A pooler may pass a session on to another version of this
 * service, and a migration may make a plan useless. Postgres cuts names at 63 bytes.
 */
export function statementNames(isNaming: boolean) {
  const names = new Map<string, string>()
  let offUntil = isNaming ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const isOn = () => performance.now() > offUntil
  return {
    of({ text, isPrepared }: Sent): string | undefined {
      if (!isPrepared || !isOn()) return undefined
      const known = names.get(text)
      if (known !== undefined) return known
      const name = createHash('sha256').update(`${SCHEMA_VERSION} ${text}`).digest('base64url')
      names.set(text, name)
      return name
    },
    /** Stops naming for a while. Returns true if it named until now. */
    stop(): boolean {
      const wasOn = isOn()
      if (isNaming) offUntil = performance.now() + UNNAMED_MILLISECONDS
      return wasOn
    },
  }
}
