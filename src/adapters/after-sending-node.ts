import type { AfterSending } from './tokens.ts'

/**
 * postgres.js writes a statement in an immediate that it asks for some promises after it was given it. An immediate that
 * is asked for in an immediate comes after that one, however many those promises are.
 */
export const afterSending: AfterSending = (task) =>
  new Promise((resolve) => {
    setImmediate(() => setImmediate(() => resolve(task())))
  })
