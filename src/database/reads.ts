/** Failures after which a statement has certainly not been answered and may fare better at once (security bar R04). */
const PASSED_BY =
  /^(08|40001|40P01|53300|57P0[123]|CONNECTION_(CLOSED|DESTROYED|ENDED)$|ECONNRESET$|ECONNREFUSED$|EPIPE$)/
const READ = /^select\s/i

/** Only a failure that came soon leaves the second try enough of the request's time. */
const SOON_MILLISECONDS = 500
const MAX_PAUSE_MILLISECONDS = 150

/** True for a statement that can change nothing. */
export function isRead(text: string): boolean {
  return READ.test(text)
}

/** Sends a statement; a plain read that was turned away at once is sent a second time, a write never is. */
export function sendRead<Result>(text: string, send: () => Promise<Result>): Promise<Result> {
  if (!isRead(text)) return send()
  const sentAt = performance.now()
  return send().catch(async (error: unknown) => {
    const isSoon = performance.now() - sentAt < SOON_MILLISECONDS
    if (!isSoon || !wasPassedBy(error)) throw error
    const pause = MAX_PAUSE_MILLISECONDS * (0.5 + Math.random() / 2)
    await new Promise((resolve) => setTimeout(resolve, pause))
    return send()
  })
}

function wasPassedBy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && PASSED_BY.test(code)
}
