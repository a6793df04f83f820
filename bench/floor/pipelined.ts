// The floor: bare handlers of node:http, with one prepared statement a request on one pipelined connection.

import { createServer, type IncomingMessage } from 'node:http'
import pg from 'pg'
import { floorRoutes, type Query } from './work.ts'

const client = new pg.Client({ connectionString: process.env.DATABASE_URL, pipeline: true })
await client.connect()

const query: Query = async (name, text, values) => (await client.query({ name, text, values })).rows

const routes = floorRoutes(query)

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

const server = createServer((request, response) => {
  const route = routes[`${request.method} ${request.url}`]
  if (!route) return void response.writeHead(404).end()
  const { authorization } = request.headers
  route({ authorization, body: () => read(request) }).then(
    ({ status, body }) => {
      const text = JSON.stringify(body)
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
    },
    () => response.writeHead(500).end(),
  )
})
server.keepAliveTimeout = 75_000
server.listen(Number(process.env.PORT), process.env.HOST)
