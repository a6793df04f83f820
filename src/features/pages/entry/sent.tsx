import type { Answer } from '../kit/define-page.ts'
import type { Visit } from '../kit/visit.ts'

/** Says that a mail is on its way, in the same words whether it is or not. */
export function sentView(
  visit: Visit,
  what: 'signup' | 'verifyAgain' | 'forgot',
  email: string,
): Answer {
  const { entry } = visit.words
  const { title, text } = entry[what].done
  const [before = '', after = ''] = text.split('{email}')
  const content = (
    <>
      <h1>{title}</h1>
      <p>
        {before}
        <b>{email}</b>
        {after}
      </p>
      <p>{entry.signup.done.hint}</p>
    </>
  )
  const foot = (
    <>
      {what === 'signup' && (
        <p>
          <a href={visit.onward('/verify-email/again')}>{entry.login.again}</a>
        </p>
      )}
      <p>
        <a href={visit.onward('/login')}>{entry.forgot.back}</a>
      </p>
    </>
  )
  return { view: { title, content, foot } }
}
