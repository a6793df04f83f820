import { definePage, type FormSpec, type View } from '../kit/define-page.ts'
import { untouched } from '../kit/form-state.ts'
import { Button, Form } from '../kit/parts.tsx'
import { problemWords } from '../kit/problem-words.ts'
import { carriedBack, forgetTrip, isOnTrip } from '../kit/provider-trip.ts'
import { type Visit, withCarried } from '../kit/visit.ts'
import { type LoginBody, loggedIn } from './logged-in.tsx'
import { loginView } from './login-view.tsx'

type Back = { code: string } | { error: string }

/**
 * Where a browser comes back to from a provider. A button ends the sign-in, for that changes something: the page's script
 * presses it.
 */
export const providerPage = definePage<Back>({
  load({ query, values, onward }) {
    const code = values.code ?? query.code
    if (query.error !== undefined) return { error: query.error }
    return code === undefined ? { goTo: onward('/login') } : { code }
  },

  view(visit, back, form) {
    const failure = 'error' in back ? failureWords(visit, back.error) : form.failure
    if (failure !== undefined) return failed(visit, failure)
    const words = visit.words.entry.provider
    return {
      title: words.title,
      hasScript: true,
      content: (
        <>
          <h1>{words.title}</h1>
          <p>{words.text}</p>
          <div data-press>
            <Form form={form} name="exchange" hidden={'code' in back ? { code: back.code } : {}}>
              <Button>{words.button}</Button>
            </Form>
          </div>
        </>
      ),
    }
  },

  forms: { exchange: exchangeForm() },
})

function exchangeForm(): FormSpec<LoginBody | { linked: object }> {
  return {
    call: (visit) => ({
      path: '/auth/oauth/exchange',
      body: {
        code: visit.values.code,
        invitation: carriedBack(visit).invitation,
        transport: 'cookie',
      },
    }),
    done(visit, body) {
      const back = returned(visit)
      forgetTrip(visit)
      return 'linked' in body ? linked(back) : loggedIn(back, body)
    },
    refused(visit, { code, link_token }) {
      const back = returned(visit)
      if (code !== 'account_exists' || link_token === undefined) return undefined
      return { view: exists(back, link_token), status: 409 }
    },
  }
}

/** Leads back to where an account is connected, which says so. */
const linked = ({ to }: Visit) => ({ goTo: `${to('/account/security')}?done=linked` })

/** The same visit, with what was carried to the provider and back. */
const returned = (visit: Visit) => withCarried(visit, carriedBack(visit))

/** An address alone says nothing of an account: anybody could lead there. */
function failureWords(visit: Visit, error: string): string {
  return problemWords(visit, isOnTrip(visit) ? error : 'oauth_state_invalid')
}

function failed(visit: Visit, failure: string): View {
  const { title, toLogin } = visit.words.common.trouble
  const back = returned(visit)
  // Who connects an account or proves once more who it is comes from there, and is logged in.
  const { path } = { path: undefined, ...back.returnTo }
  const account = path?.startsWith('/account/') ? visit.to(path) : undefined
  return {
    title,
    content: (
      <>
        <h1>{title}</h1>
        <p>{failure}</p>
        <p>
          <a class="button" href={account ?? back.onward('/login')}>
            {account === undefined ? toLogin : visit.words.account.nav.label}
          </a>
        </p>
      </>
    ),
  }
}

/** The log-in, after which the account at the provider is connected. */
function exists(visit: Visit, linkToken: string): View {
  const carried = { ...visit.carried, link_token: linkToken }
  const here = { ...withCarried(visit, carried), path: '/login' as const }
  return loginView(here, { providers: [] }, untouched(here), problemWords(visit, 'account_exists'))
}
