import type { Answer } from '../kit/define-page.ts'
import { untouched } from '../kit/form-state.ts'
import { Notice } from '../kit/parts.tsx'
import type { Visit } from '../kit/visit.ts'
import { accountView } from './frame.tsx'

/** Recovery codes, in the one page that has them. `after` says what they came with. */
export function codesAnswer(
  visit: Visit,
  codes: readonly string[],
  after?: 'totp' | 'passkey',
): Answer {
  const words = visit.words.account.codes
  const view = accountView(visit, {
    title: words.title,
    form: untouched(visit),
    content: (
      <>
        {after !== undefined && <Notice>{words[after]}</Notice>}
        <p>{words.text}</p>
        <ol class="codes card">
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <p class="actions">
          <a class="button" href={visit.to('/account/security')}>
            {words.button}
          </a>
        </p>
      </>
    ),
  })
  return { view }
}
