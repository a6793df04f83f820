import {
  type Factors,
  factorsOf,
  type Identities,
  identitiesOf,
  type Providers,
  providersOf,
} from '../kit/answers.ts'
import { definePage, type FormSpec } from '../kit/define-page.ts'
import { carry, ownReturnUrl } from '../kit/provider-trip.ts'
import { segment } from '../kit/segment.ts'
import { leave } from '../kit/session.tsx'
import { withCarried } from '../kit/visit.ts'
import { codesAnswer } from './codes.tsx'
import { accountView, doneAt } from './frame.tsx'
import {
  CodesPart,
  IdentitiesPart,
  PasskeysPart,
  PasswordPart,
  TotpPart,
} from './security-parts.tsx'

/** Leads to a provider, which leads back. */
const link: FormSpec<{ authorization_url: string }> = {
  call: (visit) => ({
    path: `/auth/oauth/${segment(visit.values.provider)}/start`,
    body: { intent: 'link', return_to: ownReturnUrl(visit) },
  }),
  done(visit, { authorization_url: url }) {
    carry(withCarried(visit, { return_to: '/account/security' }))
    return leave(visit, url, visit.words.common.oneMoment.link)
  },
}

/** What a person logs in by. */
export const securityPage = definePage<[Factors, Identities, Providers]>({
  load: (visit) => Promise.all([factorsOf(visit), identitiesOf(visit), providersOf(visit)]),
  view: (visit, [factors, identities, { providers }], form) =>
    accountView(visit, {
      title: visit.words.account.security.title,
      form,
      content: (
        <>
          <PasswordPart form={form} hasPassword={identities.has_password} />
          <PasskeysPart form={form} passkeys={factors.passkeys} />
          <TotpPart form={form} totp={factors.totp} />
          <CodesPart form={form} factors={factors} />
          <IdentitiesPart form={form} identities={identities.identities} providers={providers} />
        </>
      ),
    }),
  forms: {
    remove_totp: {
      call: () => ({ method: 'DELETE', path: '/auth/factors/totp' }),
      done: (visit) => doneAt(visit, '/account/security', 'totp_removed'),
    },
    codes: {
      call: () => ({ path: '/auth/factors/recovery-codes' }),
      done: (visit, { recovery_codes: codes }: { recovery_codes: string[] }) =>
        codesAnswer(visit, codes),
    },
    unlink: {
      call: ({ values }) => ({
        method: 'DELETE',
        path: `/auth/identities/${segment(values.id)}`,
      }),
      done: (visit) => doneAt(visit, '/account/security', 'unlinked'),
    },
    link,
  },
})
