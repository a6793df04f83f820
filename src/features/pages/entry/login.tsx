import { definePage } from '../kit/define-page.ts'
import { humanToken } from '../kit/human.tsx'
import { passkeyOf } from '../kit/passkey-field.ts'
import { carry, ownReturnUrl } from '../kit/provider-trip.ts'
import { segment } from '../kit/segment.ts'
import { arrive, hasSessionCookie, leave, reloadFirst } from '../kit/session.tsx'
import type { Visit } from '../kit/visit.ts'
import { loggedIn } from './logged-in.tsx'
import { loginView, type Ways } from './login-view.tsx'

/** The log-in: by password, passkey, a provider or a mailed code. */
export const loginPage = definePage<Ways>({
  async load(visit) {
    if (visit.c.req.method !== 'POST') {
      const reload = reloadFirst(visit)
      if (reload) return reload
      if (await isLoggedIn(visit)) return arrive(visit)
    }
    return visit.need<Ways>({ method: 'GET', path: '/auth/providers' })
  },

  view: (visit, ways, form) => loginView(visit, ways, form),

  forms: {
    password: {
      keeps: ['username_or_email'],
      asks: ['password'],
      call: ({ values }) => ({
        path: '/auth/login',
        body: {
          username_or_email: values.username_or_email,
          password: values.password,
          ...humanToken(values),
          transport: 'cookie',
        },
      }),
      done: loggedIn,
    },
    passkey: {
      call: ({ values }) => ({
        path: '/auth/passkeys/login',
        body: { ...passkeyOf(values), transport: 'cookie' },
      }),
      done: loggedIn,
    },
    provider: {
      call: (visit) => ({
        path: `/auth/oauth/${segment(visit.values.provider)}/start`,
        body: { intent: 'login', return_to: ownReturnUrl(visit) },
      }),
      done(visit, { authorization_url: url }: { authorization_url: string }) {
        carry(visit)
        return leave(visit, url, visit.words.common.oneMoment.link)
      },
    },
  },
})

async function isLoggedIn(visit: Visit): Promise<boolean> {
  if (!hasSessionCookie(visit)) return false
  return (await visit.call({ method: 'GET', path: '/auth/me' })).ok
}
