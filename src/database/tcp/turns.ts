import { DatabaseUnavailable } from '../errors.ts'

/** No person has so many writes waiting at once. */
const MAX_HELD = 64

/**
 * One write of a user at a time: another would wait for the same row, and hold up a connection. Whoever has no turn is
 * held here, and nobody else is kept waiting for it.
 */
export function createTurns<Job>() {
  const held = new Map<string, Job[]>()
  return {
    /** True where it is the user's turn; otherwise the job is held until `next` gives it back. */
    take(userId: string | undefined, job: Job): boolean {
      if (userId === undefined) return true
      const behind = held.get(userId)
      if (behind === undefined) {
        held.set(userId, [])
        return true
      }
      if (behind.length >= MAX_HELD) {
        throw new DatabaseUnavailable('too many writes of one user', 'TOO_MANY_OF_ONE_USER')
      }
      behind.push(job)
      return false
    },
    /** Ends a turn and gives the job whose turn has come. */
    next(userId: string | undefined): Job | undefined {
      if (userId === undefined) return undefined
      const behind = held.get(userId)
      const job = behind?.shift()
      if (job === undefined) held.delete(userId)
      return job
    },
    /** True where the job was held, and is no more. */
    drop(userId: string | undefined, job: Job): boolean {
      const behind = userId === undefined ? undefined : held.get(userId)
      const at = behind?.indexOf(job) ?? -1
      if (at >= 0) behind?.splice(at, 1)
      return at >= 0
    },
  }
}
