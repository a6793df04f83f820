import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'
import { idTokenOf, keySetOf } from './hostile-tokens.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A provider that does as the first part of its path says (hostile.ts). */
    hostileProvider: string
  }
}

/** What a code and an access token stand for. Both are readable, so that the server keeps nothing. */
export type Grant = {
  claims: Record<string, unknown>
  clientId: string
  redirectUri: string
  challenge: string | undefined
  nonce: string | undefined
  isReauth: boolean
  id: string
}

type Asked = {
  method: string
  path: string
  form: Record<string, string>
  headers: IncomingMessage['headers']
}

type Call = {
  /** The name of this one, such as `expired~1b2c`, and the behaviours in it. */
  name: string
  has: (behaviour: string) => boolean
  url: URL
  form: URLSearchParams
  headers: IncomingMessage['headers']
  response: ServerResponse
  origin: string
}

/** The tenant at Microsoft of everybody's own accounts. */
const OWN_ACCOUNTS = '9188040d-6c67-4b5b-b112-36a304b66dad'
const HUGE = ' '.repeat(10 * 1024 * 1024)
const ONE_HOUR_AGO = () => Math.floor(Date.now() / 1000) - 3_600

function json(response: ServerResponse, content: unknown, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(content))
}

function encoded(prefix: string, grant: Grant): string {
  return `${prefix}.${Buffer.from(JSON.stringify(grant)).toString('base64url')}`
}

function decoded(token: string | null | undefined): Grant | undefined {
  const [, body = ''] = token?.split('.') ?? []
  try {
    return JSON.parse(Buffer.from(body, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** Does what an answer of any kind may do wrong, and is true if that was it. `part` is discovery, token, keys or userinfo. */
function spoilt({ has, response, origin, name }: Call, part: string): boolean {
  if (has(`silent-${part}`)) return true
  if (has(`slow-${part}`)) {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    const drip = setInterval(() => response.write(' '), 100)
    response.on('close', () => clearInterval(drip))
    return true
  }
  if (has(`huge-${part}`)) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{}${HUGE}`)
    return true
  }
  if (has(`moved-${part}`)) {
    response.writeHead(307, { location: `${origin}/${name}/moved/${part}` }).end()
    return true
  }
  if (has(`page-${part}`)) {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>No</title>')
    return true
  }
  if (has(`broken-${part}`)) {
    json(response, { error: 'server_error', error_description: 'sorry' }, 500)
    return true
  }
  return false
}

/** Where it says to be, by the path before the well-known one. One of many tenants does not say of which. */
function discovery(call: Call) {
  if (spoilt(call, 'discovery')) return
  const { url, has, origin, name, response } = call
  const base = `${origin}${url.pathname.slice(0, url.pathname.indexOf('/.well-known/'))}`
  const foreign = `${origin.replace('127.0.0.1', 'localhost')}/${name}/foreign`
  const at = (path: string, what: string) => `${has(`foreign-${what}`) ? foreign : base}/${path}`
  json(response, {
    issuer: has('other-issuer')
      ? `${base}x`
      : base
          .replace(/\/(common|organizations)\//, '/{tenantid}/')
          .replace('/consumers/', `/${OWN_ACCOUNTS}/`),
    authorization_endpoint: at('authorize', 'authorization'),
    token_endpoint: at('token', 'token'),
    jwks_uri: at('keys', 'keys'),
    userinfo_endpoint: at('userinfo', 'userinfo'),
    authorization_response_iss_parameter_supported: !has('no-iss'),
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    code_challenge_methods_supported: ['S256'],
  })
}

/** Lets everybody in, as whoever `claims` says. */
function authorize({ url, has, origin, name, response }: Call) {
  const asked = url.searchParams
  const grant: Grant = {
    claims: JSON.parse(asked.get('claims') ?? '{}'),
    clientId: asked.get('client_id') ?? '',
    redirectUri: asked.get('redirect_uri') ?? '',
    challenge: asked.get('code_challenge') ?? undefined,
    nonce: asked.get('nonce') ?? undefined,
    isReauth: asked.get('prompt') === 'login',
    id: crypto.randomUUID(),
  }
  const { form_user: user, tid } = grant.claims
  const base = `${origin}${url.pathname.replace(/\/authorize$/, '')}`
  const issuer = base.replace(/\/(common|organizations|consumers)\//, `/${tid}/`)
  const answer = new URLSearchParams({ state: asked.get('state') ?? '' })
  if (has('cancelled')) answer.set('error', 'access_denied')
  else if (has('refused')) answer.set('error', 'server_error')
  else answer.set('code', encoded('code', grant))
  if (has('wrong-iss-param')) answer.set('iss', `${origin}/another~${name}`)
  else if (!has('no-iss') && !has('missing-iss-param')) answer.set('iss', issuer)
  if (user) answer.set('user', JSON.stringify(user))
  if (asked.get('response_mode') === 'form_post') return form(response, grant.redirectUri, answer)
  const back = new URL(grant.redirectUri)
  for (const [key, value] of answer) back.searchParams.set(key, value)
  response.writeHead(303, { location: back.href }).end()
}

function form(response: ServerResponse, action: string, fields: URLSearchParams) {
  const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const inputs = [...fields].map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  )
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(
    `<!doctype html><form method="post" action="${escaped(action)}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`,
  )
}

const used = new Set<string>()

async function token(call: Call) {
  if (spoilt(call, 'token')) return
  const { form: asked, has, url, origin, name, response } = call
  const refuse = (error: string, status = 400) =>
    json(response, { error, error_description: `code ${asked.get('code')}` }, status)
  if (has('error-200')) return refuse('bad_verification_code', 200)
  if (has('error-word')) return refuse(`Code-${asked.get('code')}`)
  const grant = decoded(asked.get('code'))
  if (!grant || used.has(grant.id)) return refuse('invalid_grant')
  used.add(grant.id)
  const verifier = asked.get('code_verifier')
  const challenge = verifier ? createHash('sha256').update(verifier).digest('base64url') : undefined
  const isSame = challenge === grant.challenge && asked.get('redirect_uri') === grant.redirectUri
  if (!isSame) return refuse('invalid_grant')
  const base = `${origin}${url.pathname.replace(/\/token$/, '')}`
  const issuer = base.replace(/\/(common|organizations|consumers)\//, `/${grant.claims.tid}/`)
  const isOpenid = grant.nonce !== undefined || has('openid')
  json(response, {
    access_token: encoded('token', grant),
    token_type: 'Bearer',
    expires_in: 3_600,
    ...(isOpenid && !has('no-id-token')
      ? { id_token: await idTokenOf({ name, has, issuer, grant, hourAgo: ONE_HOUR_AGO() }) }
      : {}),
  })
}

function userinfo(call: Call) {
  if (spoilt(call, 'userinfo')) return
  const { headers, has, response, url } = call
  const grant = decoded(headers.authorization?.replace('Bearer ', ''))
  if (!grant) return json(response, { error: 'invalid_token' }, 401)
  const { emails, form_user: _, ...claims } = grant.claims
  if (url.pathname.endsWith('/emails')) return json(response, emails ?? [])
  if (has('profile-error-200')) return json(response, { error: 'not_now', ...claims })
  json(response, has('other-userinfo') ? { ...claims, sub: 'somebody-else' } : claims)
}

/** Which part of a provider is at a path, of any that the table of providers names. */
const PARTS: [RegExp, (call: Call) => unknown][] = [
  [/\/\.well-known\/openid-configuration$/, discovery],
  [/\/(authorize|dialog\/oauth)$/, authorize],
  [/\/(token|access_token)$/, token],
  [/\/(userinfo|user|me|@me|emails)$/, userinfo],
  [
    /\/keys$/,
    async (call) => {
      if (!spoilt(call, 'keys')) json(call.response, await keySetOf(call.name, call.has))
    },
  ],
]

/** A provider on 127.0.0.1. Its `/asked?of=name` tells each request that reached one of its names. */
export async function startHostileProvider() {
  const asked = new Map<string, Asked[]>()
  let origin = ''
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', origin)
    if (url.pathname === '/asked') {
      return json(response, asked.get(url.searchParams.get('of') ?? '') ?? [])
    }
    const { method = '', headers } = request
    const form = new URLSearchParams(await text(request))
    const [, name = ''] = decodeURIComponent(url.pathname).split('/')
    const behaviours = (name.split('~')[0] ?? '').split('+')
    const path = url.pathname.slice(name.length + 1)
    asked.set(name, [
      ...(asked.get(name) ?? []),
      { method, path, form: Object.fromEntries(form), headers },
    ])
    const has = (behaviour: string) => behaviours.includes(behaviour)
    const [, part] = PARTS.find(([pattern]) => pattern.test(url.pathname)) ?? []
    if (!part) return json(response, { error: 'not_found' }, 404)
    await part({ name, has, url, form, headers, response, origin })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: origin,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A global setup: one provider for all files of a project. */
export default async function setup(project: TestProject) {
  const { url, close } = await startHostileProvider()
  project.provide('hostileProvider', url)
  return close
}
