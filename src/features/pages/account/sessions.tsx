import type { Session, Sessions } from '../kit/answers.ts'
import { definePage } from '../kit/define-page.ts'
import { segment } from '../kit/segment.ts'
import type { Visit } from '../kit/visit.ts'
import { accountView, doneAt, Said, Sure, When } from './frame.tsx'

/** Where a person is logged in. */
export const sessionsPage = definePage<Sessions>({
  load: (visit) => visit.need<Sessions>({ method: 'GET', path: '/auth/sessions' }),
  view(visit, { sessions }, form) {
    const words = visit.words.account.sessions
    return accountView(visit, {
      title: words.title,
      form,
      content: (
        <>
          <p>{words.text}</p>
          <ul>
            {sessions.map((session) => (
              <li>
                <b>{deviceOf(visit, session)}</b>
                {session.current && <em class="tag">{words.current}</em>}
                <span>
                  {session.ip !== null && (
                    <>
                      <Said text={words.place}>{session.ip}</Said>
                      <br />
                    </>
                  )}
                  <Facts visit={visit} session={session} />
                </span>
                {!session.current && (
                  <Sure
                    form={form}
                    name="end"
                    id={session.id}
                    label={words.end}
                    text={words.endText}
                  />
                )}
              </li>
            ))}
          </ul>
          {sessions.length > 1 ? (
            <Sure
              form={form}
              name="end_others"
              label={words.endOthers}
              text={words.endOthersText}
            />
          ) : (
            <p class="actions">{words.noOthers}</p>
          )}
        </>
      ),
    })
  },
  forms: {
    end: {
      call: ({ values }) => ({
        method: 'DELETE',
        path: `/auth/sessions/${segment(values.id)}`,
      }),
      done: (visit) => doneAt(visit, '/account/sessions', 'session_ended'),
      // It may have ended by itself meanwhile.
      refused: (visit, { code }) =>
        code === 'not_found' ? doneAt(visit, '/account/sessions', 'session_ended') : undefined,
    },
    end_others: {
      call: () => ({ path: '/auth/logout-all', body: { keep_current: true } }),
      done: (visit) => doneAt(visit, '/account/sessions', 'others_ended'),
    },
  },
})

function Facts({ visit, session }: { visit: Visit; session: Session }) {
  const { facts } = visit.words.account.sessions
  const [before = '', between = '', after = ''] = facts.split(/\{\w+\}/)
  return (
    <>
      {before}
      <When visit={visit} at={session.created_at} />
      {between}
      <When visit={visit} at={session.last_used_at} />
      {after}
    </>
  )
}

function deviceOf(visit: Visit, { user_agent: { browser, os } }: Session): string {
  const words = visit.words.account.sessions
  if (browser === null || os === null) return browser ?? os ?? words.unknown
  return words.on.replace('{browser}', () => browser).replace('{os}', () => os)
}
