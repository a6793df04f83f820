import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { access } from './access.ts'

const PORT = Number(process.env.PORT ?? 5175)
const APP_ORIGIN = process.env.APP_ORIGIN ?? 'http://localhost:5173'

/** Notes by whose they are: the id of the user, for names may change. */
const notes = new Map<string, string[]>()

const app = new Hono()
// The token travels in a header that pages of other origins cannot send unasked, and no cookie is needed here.
app.use(cors({ origin: APP_ORIGIN, allowHeaders: ['Authorization', 'Content-Type'] }))

app.get('/', (c) => c.text('An API. GET /notes, POST /notes, DELETE /notes, GET /reports'))

app.get('/notes', access(), (c) => c.json({ notes: notes.get(c.get('claims').sub) ?? [] }))

app.post('/notes', access(), async (c) => {
  const { text } = await c.req.json<{ text?: unknown }>()
  if (typeof text !== 'string' || text.length > 200) return c.json({ code: 'invalid_note' }, 422)
  const { sub } = c.get('claims')
  notes.set(sub, [...(notes.get(sub) ?? []), text])
  return c.json({ notes: notes.get(sub) }, 201)
})

// Gone for good: wants a second factor that was shown in the last ten minutes.
app.delete('/notes', access({ acr: 'aal2', maxAgeSeconds: 600 }), (c) => {
  notes.delete(c.get('claims').sub)
  return c.body(null, 204)
})

// For those whose role has this permission.
app.get('/reports', access({ permission: 'reports:read' }), (c) => c.json({ people: notes.size }))

serve({ fetch: app.fetch, port: PORT, hostname: 'localhost' }, () =>
  console.log(`Listening on http://localhost:${PORT}`),
)
