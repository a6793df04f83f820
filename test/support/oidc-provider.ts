import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair } from 'jose'
import { type InteractionResults, Provider } from 'oidc-provider'
import { memoryOf } from './oidc/store.ts'
import { type Visit, visit } from './oidc/visit.ts'

/** What is said of somebody at the provider, over what their name gives. */
export type Claims = {
  sub?: string
  email?: string | null
  email_verified?: boolean | string
  name?: string
  picture?: string
  preferred_username?: string
  locale?: string
}

type Options = {
  /** Where browsers are sent back to, each exactly so. */
  redirectUris: string[]
  /** True if the id_token has no claims of the person, and `userinfo` alone does. */
  areClaimsInUserinfo?: boolean
}

/** What came from browsers and from the service. */
export type Seen = { method: string; url: string; referer: string | undefined }

export type OidcPeer = Awaited<ReturnType<typeof startOidcProvider>>

const HOUR = 3600

/** A real OpenID provider on a port of this machine, where everybody who says a name has an account. */
export async function startOidcProvider({ redirectUris, areClaimsInUserinfo = false }: Options) {
  const client = { id: 'edge-auth', secret: randomBytes(24).toString('base64url') }
  const claims = new Map<string, Claims>()
  const seen: Seen[] = []
  /** Paths that answer 500, such as `/token`; `/auth` sends the browser back with `server_error`. */
  const failing = new Set<string>()

  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer, {
    adapter: memoryOf(),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'one' }] },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'picture', 'preferred_username', 'locale'],
    },
    conformIdTokenClaims: areClaimsInUserinfo,
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      Grant: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: HOUR,
    },
    findAccount: (_, name) => ({
      accountId: name,
      claims: () => claimsOf(name, claims.get(name)),
    }),
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = page(`<p>${escaped(`${out.error}: ${out.error_description ?? ''}`)}</p>`)
    },
  })

  const callback = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '/', headers } = request
    seen.push({ method, url, referer: headers.referer })
    const { pathname, searchParams } = new URL(url, issuer)
    if (failing.has(pathname)) return fail(response, pathname, searchParams)
    if (!pathname.startsWith('/interaction/')) return void callback(request, response)
    interact(request, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    )
  })

  /** The service's users see a failure as `server_error`, and the service itself as a 500. */
  function fail(response: ServerResponse, path: string, query: URLSearchParams): void {
    if (path !== '/auth') return void response.writeHead(500).end('out of order')
    const back = new URL(query.get('redirect_uri') ?? issuer)
    back.searchParams.set('error', 'server_error')
    back.searchParams.set('state', query.get('state') ?? '')
    back.searchParams.set('iss', issuer)
    response.writeHead(303, { location: back.href }).end()
  }

  /** The page where a person says who they are, then whether the service may know. */
  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session, grantId } = await provider.interactionDetails(
      request,
      response,
    )
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      return void response.end(page(formOf(prompt.name, session?.accountId)))
    }
    const form = new URLSearchParams(await text(request))
    const finish = (result: InteractionResults) =>
      provider.interactionFinished(request, response, result)
    if (form.get('do') !== 'go') return finish({ error: 'access_denied' })
    if (prompt.name === 'login') return finish({ login: { accountId: form.get('name') ?? '' } })
    const accountId = session?.accountId ?? ''
    const grant =
      (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
      new provider.Grant({ accountId, clientId: client.id })
    grant.addOIDCScope(String(params.scope))
    return finish({ consent: { grantId: await grant.save() } })
  }

  return {
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    failing,
    /** All requests so far. */
    seen,
    /** Says something else of somebody from now on than what their name gives. */
    describe: (name: string, told: Claims) => void claims.set(name, told),
    /** Does without a browser what a person does there, and gives the URL that the browser is sent back to. */
    signInAt: (authorizationUrl: string, what: Visit) => visit(authorizationUrl, what),
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function claimsOf(name: string, told: Claims = {}) {
  const { email, ...others } = told
  return {
    sub: name,
    ...(email !== null && { email: email ?? `${name}@example.org`, email_verified: true }),
    name: `${name.charAt(0).toUpperCase()}${name.slice(1)} Example`,
    preferred_username: name,
    picture: `https://pictures.example.org/${encodeURIComponent(name)}.png`,
    ...others,
  }
}

function formOf(prompt: string, name = ''): string {
  const question =
    prompt === 'login'
      ? `<label>Name <input name="name" value="${escaped(name)}" autofocus></label>
        <button name="do" value="go">Log in</button>`
      : `<p>May the service know who ${escaped(name)} is?</p><button name="do" value="go">Allow</button>`
  return `<form method="post" data-prompt="${prompt}">${question} <button name="do" value="cancel">Cancel</button></form>`
}

const page = (content: string) =>
  `<!doctype html><html lang="en"><title>A provider</title><body>${content}</body></html>`

function escaped(words: string): string {
  return words.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
