import { isUser, readJson } from './answers.ts'
import type { ProfileCalls } from './auth-client.ts'
import type { Mode } from './mode.ts'
import { jsonBody, serviceRequest } from './request.ts'
import type { User } from './types.ts'
import type { UserSnapshot } from './user-snapshot.ts'

type Deps = {
  url: (path: string) => URL
  mode: Mode
  keep: UserSnapshot['keep']
  versions: WeakMap<User, string>
}

/** The calls that read and change the user's profile. They remember of which version each user is that they gave. */
export function createProfileCalls({ url, mode, keep, versions }: Deps): ProfileCalls {
  async function readUser(request: Request): Promise<User> {
    const response = await mode.send(request)
    const user = await readJson(Promise.resolve(response), isUser)
    // A proxy that compresses an answer makes the tag a weak one, which matches nothing.
    const tag = response.headers.get('etag')?.replace(/^W\//, '')
    if (tag) versions.set(user, tag)
    return user
  }

  return {
    me: () => keep(() => readUser(serviceRequest(url('auth/me')))),
    async updateProfile(change, { ifUnchanged } = {}) {
      const version = ifUnchanged && versions.get(ifUnchanged)
      if (ifUnchanged && version === undefined) {
        throw new TypeError('ifUnchanged needs a user as this client gave it, and no copy')
      }
      const request = serviceRequest(url('auth/me'), { method: 'PATCH', ...jsonBody(change) })
      if (version !== undefined) request.headers.set('if-match', version)
      return keep(() => readUser(request), true)
    },
  }
}
