import { factorsOf, type Identities, providersOf } from '../kit/answers.ts'
import { type Answer, definePage, type FormSpec, type Resumed } from '../kit/define-page.ts'
import { passkeyOf } from '../kit/passkey-field.ts'
import { hasPasskeysHere } from '../kit/passkeys.ts'
import { HOSTED_PATHS, type HostedPath } from '../kit/paths.ts'
import { carry, ownReturnUrl } from '../kit/provider-trip.ts'
import { segment } from '../kit/segment.ts'
import { leave, loginFirst } from '../kit/session.tsx'
import { type Visit, withCarried } from '../kit/visit.ts'
import { ConfirmWays, type Ways } from './confirm-ways.tsx'

/** Asks for a fresh proof, and leads back to what a person was doing. */
export const confirmPage = definePage<Ways>({
  load: waysOf,
  view(visit, ways, form) {
    const { common, account } = visit.words
    return {
      title: common.proof.title,
      hasScript: ways.passkey,
      content: <ConfirmWays form={form} ways={ways} hidden={keptOf(visit)} />,
      foot: (
        <p>
          <a href={visit.to(backOf(visit))}>{account.cancel}</a>
        </p>
      ),
    }
  },
  forms: {
    password: proof('password', ({ password }) => password, 'invalid_credentials'),
    totp: proof('totp_code', ({ totp_code: code }) => code, 'factor_refused'),
    recovery: proof('recovery_code', ({ recovery_code: code }) => code, 'factor_refused'),
    passkey: proof('passkey', passkeyOf),
    provider: {
      call: (visit) => ({
        path: `/auth/oauth/${segment(visit.values.provider)}/start`,
        body: { intent: 'reauth', return_to: ownReturnUrl(visit) },
      }),
      done(visit, { authorization_url: url }: { authorization_url: string }) {
        carry(withCarried(visit, { return_to: backOf(visit) }))
        return leave(visit, url, visit.words.common.oneMoment.link)
      },
    },
  },
})

function proof(
  field: string,
  given: (values: Visit['values']) => string | object | undefined,
  wrong?: 'invalid_credentials' | 'factor_refused',
): FormSpec {
  return {
    asks: [field],
    ...(wrong && { blames: { [wrong]: field } }),
    call: ({ values }) => ({ path: '/auth/reauth', body: { [field]: given(values) } }),
    done: goBack,
  }
}

async function waysOf(visit: Visit): Promise<Ways | Answer> {
  const known = await visit.call<Identities>({ method: 'GET', path: '/auth/identities' })
  // Who can only set up a factor, or is logged in no longer, proves by a log-in who they are.
  if (!known.ok) return loginFirst({ ...visit, path: backOf(visit) })
  const [factors, { providers }] = await Promise.all([factorsOf(visit), providersOf(visit)])
  const totp = factors.totp !== null
  const hasFactor = totp || factors.passkeys.some(({ suspended }) => !suspended)
  const { has_password: hasPassword, identities } = known.body
  const linked = identities.map(({ provider }) => provider)
  return {
    totp,
    passkey: hasFactor && factors.passkeys.length > 0 && hasPasskeysHere(visit),
    recovery: hasFactor && factors.recovery_codes_left > 0,
    password: !hasFactor && hasPassword,
    providers: hasFactor ? [] : providers.filter(({ id }) => linked.includes(id)),
  }
}

/** What goes with the proof, so that the person can go on afterwards. */
function keptOf({ values }: Visit): Record<string, string> {
  const { back = '', resume = '' } = values
  return { back, resume }
}

/** The page that wanted the proof. No other than one of the account is led to. */
function backOf({ values }: Visit): HostedPath {
  const asked = HOSTED_PATHS.find((path) => path === values.back)
  return asked?.startsWith('/account') && asked !== '/account/confirm' ? asked : '/account/security'
}

/** Goes on with what the proof was wanted for. */
function goBack(visit: Visit): Answer | Resumed {
  const path = backOf(visit)
  const values = Object.fromEntries(new URLSearchParams(visit.values.resume))
  if (Object.keys(values).length === 0) return { goTo: visit.to(path) }
  return { resume: { path, values } }
}
