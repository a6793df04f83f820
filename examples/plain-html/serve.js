import { readFile, realpath } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const PORT = Number(process.env.PORT ?? 5174)
const AUTH_URL = process.env.AUTH_URL ?? 'http://localhost:8787'
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

const FOLDER = fileURLToPath(new URL('page', import.meta.url)) + sep
const CLIENT = await realpath(new URL('node_modules/edge-auth-client/dist', import.meta.url))

/** The files of this page, the client's, and where the service is. Nothing else is served. */
async function read(path) {
  if (path === '/config.js') return `export const authUrl = ${JSON.stringify(AUTH_URL)}\n`
  if (path === '/') return readFile(`${FOLDER}index.html`)
  const [, of, name] = /^\/(edge-auth-client\/)?([\w-]+\.(?:js|css))$/.exec(path) ?? []
  return name ? readFile(of ? CLIENT + sep + name : FOLDER + name) : undefined
}

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const body = await read(pathname).catch(() => undefined)
  if (body === undefined) return response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': `${TYPES[extname(pathname)] ?? 'text/html'}; charset=utf-8`,
    'content-security-policy': `default-src 'self'; connect-src ${AUTH_URL}; img-src data:`,
  })
  response.end(body)
}).listen(PORT, 'localhost', () => console.log(`Open http://localhost:${PORT}`))
