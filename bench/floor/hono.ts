// The usual implementation: the same work behind Hono, over a pool of ten connections of `pg`.

import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'
import { floorRoutes, type Query } from './work.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
await pool.query('select 1')

const query: Query = async (name, text, values) => (await pool.query({ name, text, values })).rows

const app = new Hono()
for (const [name, route] of Object.entries(floorRoutes(query))) {
  const [method = '', path = ''] = name.split(' ')
  app.on(method, path, async (c) => {
    const { status, body } = await route({
      authorization: c.req.header('authorization'),
      body: () => c.req.text(),
    })
    return c.json(body, status as 200)
  })
}

serve({
  fetch: app.fetch,
  port: Number(process.env.PORT),
  hostname: process.env.HOST ?? '127.0.0.1',
  serverOptions: { keepAliveTimeout: 75_000 },
})
