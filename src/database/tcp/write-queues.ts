import { DatabaseUnavailable } from '../errors.ts'

/** No person has this many writes waiting at once. */
const MAX_HELD = 64

/**
 * Runs one write of a user at a time. A second one would wait for the same row and block a connection. It is held here
 * instead, and delays no other user.
 */
export function createWriteQueues<Job>() {
  const held = new Map<string, Job[]>()
  return {
    /** Returns true if it is the user's turn. Otherwise holds the job until `leave` returns it. */
    enter(userId: string | undefined, job: Job): boolean {
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
    /** Ends a turn and returns the job that has the next one. */
    leave(userId: string | undefined): Job | undefined {
      if (userId === undefined) return undefined
      const behind = held.get(userId)
      const job = behind?.shift()
      if (job === undefined) held.delete(userId)
      return job
    },
    /** Removes a held job. Returns false if it was not held. */
    remove(userId: string | undefined, job: Job): boolean {
      const behind = userId === undefined ? undefined : held.get(userId)
      const at = behind?.indexOf(job) ?? -1
      if (at >= 0) behind?.splice(at, 1)
      return at >= 0
    },
  }
}
