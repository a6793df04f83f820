import { isUser, readJson } from './answers.ts'
import type { Mode } from './mode.ts'
import type { User } from './types.ts'

/** Which version each user is of that this client gave. */
export type Versions = WeakMap<User, string>

/** Sends a request whose answer is the user, and remembers of which version that is. */
export async function readUser(mode: Mode, versions: Versions, request: Request): Promise<User> {
  const response = await mode.send(request)
  const user = await readJson(Promise.resolve(response), isUser)
  // A proxy that compresses an answer makes the tag a weak one, which matches nothing.
  const tag = response.headers.get('etag')?.replace(/^W\//, '')
  if (tag) versions.set(user, tag)
  return user
}
