import type { ProfileCalls } from './auth-client.ts'
import type { Mode } from './mode.ts'
import { jsonBody } from './posts.ts'
import { readUser, type Versions } from './read-user.ts'
import { serviceRequest } from './request.ts'
import type { UserSnapshot } from './user-snapshot.ts'

type Deps = {
  url: (path: string) => URL
  mode: Mode
  user: UserSnapshot
  versions: Versions
}

/** The call that changes the user's profile. */
export function createProfileCalls({
  url,
  mode,
  user,
  versions,
}: Deps): Pick<ProfileCalls, 'updateProfile'> {
  return {
    async updateProfile(change, { ifUnchanged } = {}) {
      const version = ifUnchanged && versions.get(ifUnchanged)
      if (ifUnchanged && version === undefined) {
        throw new TypeError('ifUnchanged needs a user as this client gave it, and no copy')
      }
      const request = serviceRequest(url('auth/me'), { method: 'PATCH', ...jsonBody(change) })
      if (version !== undefined) request.headers.set('if-match', version)
      return user.keep(() => readUser(mode, versions, request), true)
    },
  }
}
