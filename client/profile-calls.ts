import { isUser, readJson } from './answers.ts'
import type { ProfileCalls } from './auth-client.ts'
import type { BearerAuth } from './bearer-auth.ts'
import { jsonBody, serviceRequest } from './request.ts'
import type { User } from './types.ts'

type Deps = { url: (path: string) => URL; bearerAuth: BearerAuth }

/** The calls that read and change the user's profile. They remember of which version each user is that they gave. */
export function createProfileCalls({ url, bearerAuth }: Deps): ProfileCalls {
  const versions = new WeakMap<User, string>()

  async function readUser(pending: Promise<Response>): Promise<User> {
    const response = await pending
    const user = await readJson(Promise.resolve(response), isUser)
    // A proxy that compresses an answer makes the tag a weak one, which matches nothing.
    const tag = response.headers.get('etag')?.replace(/^W\//, '')
    if (tag) versions.set(user, tag)
    return user
  }

  return {
    me: () => readUser(bearerAuth.send(serviceRequest(url('auth/me')))),
    async updateProfile(change, { ifUnchanged } = {}) {
      const version = ifUnchanged && versions.get(ifUnchanged)
      if (ifUnchanged && version === undefined) {
        throw new TypeError('ifUnchanged needs a user as this client gave it, and no copy')
      }
      const request = serviceRequest(url('auth/me'), { method: 'PATCH', ...jsonBody(change) })
      if (version !== undefined) request.headers.set('if-match', version)
      return readUser(bearerAuth.send(request))
    },
  }
}
