import { definePage, type HostedPage } from '../kit/define-page.ts'
import { Human, humanSources, humanToken } from '../kit/human.tsx'
import { Button, Field, Form, Onward } from '../kit/parts.tsx'
import { sentView } from './sent.tsx'

/** A page that asks for an address and has a link mailed there. */
export function mailPage(what: 'forgot' | 'verifyAgain', path: string): HostedPage {
  return definePage<null>({
    load: () => null,
    view(visit, _, form) {
      const { common, entry } = visit.words
      const words = entry[what]
      // The other one needs no such proof, and takes none.
      const asksHuman = what === 'forgot' && visit.config.turnstile.secretKey !== undefined
      return {
        title: form.name === undefined ? words.title : `${common.error}: ${words.title}`,
        sources: asksHuman ? humanSources(visit) : {},
        content: (
          <>
            <h1>{words.title}</h1>
            <p>{words.text}</p>
            <Form form={form} name="mail">
              <Field
                form={form}
                name="email"
                type="email"
                label={words.email}
                autocomplete="email"
                isFirst
              />
              {asksHuman && <Human visit={visit} />}
              <Button>{words.button}</Button>
            </Form>
          </>
        ),
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
