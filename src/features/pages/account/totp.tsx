import { type Factors, factorsOf } from '../kit/answers.ts'
import { type Answer, definePage } from '../kit/define-page.ts'
import { type FormState, untouched } from '../kit/form-state.ts'
import { Button, Field, Form } from '../kit/parts.tsx'
import { hasPasskeysHere } from '../kit/passkeys.ts'
import type { Visit } from '../kit/visit.ts'
import { codesAnswer } from './codes.tsx'
import { accountView, doneAt, Said } from './frame.tsx'

type Enrolment = { secret: string; qr_svg: string }

/**
 * Sets up an authenticator app. It is shown to sessions that can do nothing else, too. The secret is in one page alone: after
 * a wrong code it is not shown again.
 */
export const totpPage = definePage<Factors>({
  load: factorsOf,
  view: (visit, { totp }, form) =>
    form.name === 'confirm' ? againView(visit, form) : startView(visit, form, totp !== null),
  forms: {
    start: {
      call: () => ({ path: '/auth/factors/totp' }),
      done: scanAnswer,
    },
    confirm: {
      asks: ['totp_code'],
      blames: { factor_refused: 'totp_code' },
      call: ({ values }) => ({
        path: '/auth/factors/totp/confirm',
        body: { totp_code: values.totp_code },
      }),
      done: (visit, { recovery_codes: codes = [] }: { recovery_codes?: string[] }) =>
        codes.length > 0
          ? codesAnswer(visit, codes, 'totp')
          : doneAt(visit, '/account/security', 'totp_added'),
    },
  },
})

function startView(visit: Visit, form: FormState, hasApp: boolean) {
  const words = visit.words.account.totp
  const back = (
    <p>
      <a href={visit.to('/account/security')}>{words.back}</a>
    </p>
  )
  const start = (
    <>
      <Form form={form} name="start">
        <Button>{words.start}</Button>
      </Form>
      {hasPasskeysHere(visit) && (
        <p class="actions">
          <a href={visit.to('/account/passkey/new')}>{words.other}</a>
        </p>
      )}
    </>
  )
  return accountView(visit, {
    title: words.title,
    form,
    content: (
      <>
        <p>{hasApp ? words.has : words.text}</p>
        {hasApp ? back : start}
      </>
    ),
  })
}

function scanAnswer(visit: Visit, { secret, qr_svg: svg }: Enrolment): Answer {
  const words = visit.words.account.totp
  const form = untouched(visit)
  const view = accountView(visit, {
    title: words.title,
    form,
    content: (
      <div class="card">
        <p>{words.scan}</p>
        <img
          class="qr"
          src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
          alt={words.image}
          width="220"
          height="220"
        />
        <p>
          {words.key}: <code>{secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
        </p>
        <Confirm form={form} />
      </div>
    ),
  })
  return { view }
}

function againView(visit: Visit, form: FormState) {
  const words = visit.words.account.totp
  return accountView(visit, {
    title: words.title,
    form,
    content: (
      <div class="card">
        <p>
          <Said text={words.again}>{visit.config.projectName}</Said>
        </p>
        <Confirm form={form} />
        <Form form={form} name="start">
          <Button look="quiet">{words.restart}</Button>
        </Form>
      </div>
    ),
  })
}

function Confirm({ form }: { form: FormState }) {
  const words = form.visit.words.account.totp
  return (
    <Form form={form} name="confirm">
      <Field
        form={form}
        name="totp_code"
        label={words.code}
        hint={words.codeHint}
        autocomplete="one-time-code"
        inputmode="numeric"
        isFirst
      />
      <Button>{words.confirm}</Button>
    </Form>
  )
}
