import { AppError } from '../../../errors.ts'
import { definePage, type View } from '../kit/define-page.ts'
import { type FormState, untouched } from '../kit/form-state.ts'
import { humanSources, humanToken } from '../kit/human.tsx'
import { Button, Field, Form, Onward } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'
import { AddressForm } from './address-form.tsx'
import { loggedIn } from './logged-in.tsx'

/** A code that was asked for. Its token is in the form, and works in no other browser. */
type Asked = { code_token: string; email: string }

/** The log-in by a mailed code: first the address, then the code. */
export const codePage = definePage<Asked | null>({
  load(visit) {
    if (!visit.config.factors.hasLoginCodes) throw new AppError('not_found')
    const { code_token, email = '' } = visit.values
    return code_token === undefined ? null : { code_token, email }
  },
  view: (visit, asked, form) => (asked ? enterView(visit, asked, form) : askView(visit, form)),
  forms: {
    ask: {
      keeps: ['email'],
      call: ({ values }) => ({
        path: '/auth/code',
        body: { email: values.email, ...humanToken(values) },
      }),
      done(visit, { code_token }: { code_token: string }) {
        const asked = { code_token, email: visit.values.email ?? '' }
        return { view: enterView(visit, asked, untouched(visit)) }
      },
    },
    verify: {
      asks: ['code'],
      call: ({ values }) => ({
        path: '/auth/code/verify',
        body: { code_token: values.code_token, code: values.code, transport: 'cookie' },
      }),
      done: loggedIn,
    },
  },
})

function askView(visit: Visit, form: FormState): View {
  const { entry } = visit.words
  const words = entry.code
  const asksHuman = visit.config.turnstile.secretKey !== undefined
  return {
    title: words.title,
    sources: asksHuman ? humanSources(visit) : {},
    content: <AddressForm form={form} name="ask" words={words} asksHuman={asksHuman} />,
    foot: <Back visit={visit} />,
  }
}

function enterView(visit: Visit, { code_token, email }: Asked, form: FormState): View {
  const { entry } = visit.words
  const words = entry.code
  const [before = '', after = ''] = words.enter.split('{email}')
  return {
    title: words.title,
    content: (
      <>
        <h1>{words.title}</h1>
        <p>
          {before}
          <b>{email}</b>
          {after}
        </p>
        <Form form={form} name="verify" hidden={{ code_token, email }}>
          <Field
            form={form}
            name="code"
            label={words.code}
            autocomplete="one-time-code"
            inputmode="numeric"
            isFirst
          />
          <Button>{words.verify}</Button>
        </Form>
      </>
    ),
    foot: (
      <>
        <p>
          <Onward visit={visit} to="/login/code">
            {words.another}
          </Onward>
        </p>
        <Back visit={visit} />
      </>
    ),
  }
}

function Back({ visit }: { visit: Visit }) {
  return (
    <p>
      <Onward visit={visit} to="/login">
        {visit.words.entry.code.back}
      </Onward>
    </p>
  )
}
