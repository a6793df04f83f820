import { definePage, type HostedPage } from '../kit/define-page.ts'
import { humanSources, humanToken } from '../kit/human.tsx'
import { Onward } from '../kit/parts.tsx'
import { AddressForm } from './address-form.tsx'
import { sentView } from './sent.tsx'

/** A page that asks for an address and has a link mailed there. */
export function mailPage(what: 'forgot' | 'verifyAgain', path: string): HostedPage {
  return definePage<null>({
    load: () => null,
    view(visit, _, form) {
      const { entry } = visit.words
      const words = entry[what]
      // The other one needs no such proof, and takes none.
      const asksHuman = what === 'forgot' && visit.config.turnstile.secretKey !== undefined
      return {
        title: words.title,
        sources: asksHuman ? humanSources(visit) : {},
        content: <AddressForm form={form} name="mail" words={words} asksHuman={asksHuman} />,
        foot: (
          <p>
            <Onward visit={visit} to="/login">
              {entry.forgot.back}
            </Onward>
          </p>
        ),
      }
    },
    forms: {
      mail: {
        keeps: ['email'],
        call: ({ values }) => ({ path, body: { email: values.email, ...humanToken(values) } }),
        done: (visit) => sentView(visit, what, visit.values.email ?? ''),
      },
    },
  })
}
