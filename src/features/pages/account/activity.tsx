import { definePage } from '../kit/define-page.ts'
import type { Visit } from '../kit/visit.ts'
import { accountView, Said, When } from './frame.tsx'

type Event = { id: string; event: string; at: string; ip: string | null; by_admin: boolean }
type Events = { events: Event[]; next_cursor: string | null }

const PAGE_SIZE = 20

/** What happened to the account, page by page. */
export const activityPage = definePage<Events>({
  load({ need, query: { cursor } }) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor && { cursor }) })
    return need<Events>({ method: 'GET', path: `/auth/activity?${query}` })
  },
  view(visit, { events, next_cursor: next }, form) {
    const words = visit.words.activity
    const here = visit.to('/account/activity')
    return accountView(visit, {
      title: words.title,
      form,
      content: (
        <>
          <p>{events.length === 0 ? words.nothing : words.text}</p>
          <ul>
            {events.map((one) => (
              <li>
                {eventWords(visit, one.event)}
                {one.by_admin && ` (${words.byAdmin})`}
                <span>
                  <When visit={visit} at={one.at} />
                  {one.ip !== null && (
                    <>
                      {', '}
                      <Said text={words.from}>{one.ip}</Said>
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
          <p class="actions">
            {next !== null && (
              <a href={`${here}?${new URLSearchParams({ cursor: next })}`}>{words.older}</a>
            )}
            {visit.query.cursor !== undefined && <a href={here}>{words.newest}</a>}
          </p>
        </>
      ),
    })
  },
})

/** An event in words. One that has none is named as it is. */
function eventWords({ words }: Visit, event: string): string {
  const { events, other } = words.activity
  const known: Readonly<Record<string, string>> = events
  return (Object.hasOwn(known, event) && known[event]) || other.replace('{event}', () => event)
}
