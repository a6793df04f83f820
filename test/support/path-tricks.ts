/** A request that may reach a route by another way than it should. */
export type Trick = { method: string; target: string; headers?: Record<string, string> }

const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const
const REWRITES = [
  ...['x-original-url', 'x-rewrite-url', 'x-original-uri', 'x-forwarded-uri'],
  ...['x-forwarded-path', 'x-forwarded-prefix', 'x-override-url', 'x-accel-redirect'],
] as const
const HOSTS = ['localhost', 'admin', 'localhost:8000', '127.0.0.1', 'admin@localhost', 'x/admin']

/** Other spellings of a path, of which some server, proxy or router has made the path itself. */
function spellingsOf(path: string): string[] {
  const [, first = '', ...rest] = path.split('/')
  const tail = rest.map((part) => `/${part}`).join('')
  const last = path.at(-1) ?? ''
  return [
    ...[`/${path}`, `//${path}`, path.replaceAll('/', '//'), `/${first}/${tail}`, `${path}/`],
    ...[`${path}//`, `/.${path}`, `/./${path}`, `/${first}/.${tail}`, `${path}/.`, `${path}/..`],
    ...[
      `/x/..${path}`,
      `/auth/..${path}`,
      `/${first}/../${first}${tail}`,
      `/auth/..%2f${first}${tail}`,
    ],
    ...[`/%2e${path}`, `/x/%2e%2e${path}`, `/auth/%2e%2e${path}`, `/auth/.%2e/${first}${tail}`],
    ...[`/%2f${first}${tail}`, `%2f${first}${tail}`, `/${first}${tail.replaceAll('/', '%2f')}`],
    ...[`/%252f${first}${tail}`, `/${first}${tail.replaceAll('/', '%5c')}`, `/%5c${first}${tail}`],
    ...[`\\${first}${tail}`, `/\\${first}${tail}`, path.replaceAll('/', '\\')],
    ...[`/%61${path.slice(2)}`, `/%2561${path.slice(2)}`, `/${first.toUpperCase()}${tail}`],
    ...[
      path.toUpperCase(),
      `/Admin${tail}`,
      `/\u0430dmin${tail}`,
      `/ａdmin${tail}`,
      `/adm\u0131n${tail}`,
    ],
    ...[`${path};x=1`, `/${first};x=1${tail}`, `/;/${first}${tail}`, `/..;${path}`, `${path}..;/`],
    ...[`${path}%00`, `${path}%0a`, `${path}%20`, `${path}%09`, `${path}.json`, `${path}.html`],
    ...[`${path}~`, `${path}*`, `${path}%3f`, `${path}%23`, `${path}:443`, `/${first}%00${tail}`],
    ...[`${path.slice(0, -1)}%${last.charCodeAt(0).toString(16)}`, `/%c0%af${first}${tail}`],
    ...[
      `${path}?`,
      `${path}?_method=GET`,
      `${path}?method=GET&_method=DELETE`,
      `${path}?/../auth/me`,
    ],
    ...[`${path}?admin=true&role=admin`, `${path}?permissions=auth:users:read`, `${path}#/auth/me`],
    ...[`${path}?access_token=x`, `/auth/me/..${path}`, `/health/..${path}`, `/docs/..${path}`],
  ]
}

/** Everything that is tried with a path: how it is written, by which method, and what headers say besides. */
export function tricksOf(path: string, method: string): Trick[] {
  const others = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get']
  return [
    ...spellingsOf(path).map((target) => ({ method, target })),
    ...others.map((other) => ({ method: other, target: path })),
    ...OVERRIDES.flatMap((name) =>
      ['GET', 'POST'].map((sent) => ({ method: sent, target: path, headers: { [name]: method } })),
    ),
    ...REWRITES.flatMap((name) =>
      ['/nowhere', '/admin', '/auth'].map((target) => ({
        method,
        target,
        headers: { [name]: path },
      })),
    ),
    ...HOSTS.map((host) => ({ method, target: path, headers: { host, 'x-forwarded-host': host } })),
    ...['127.0.0.1', '::1'].map((address) => ({
      method,
      target: path,
      headers: { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for="${address}"` },
    })),
  ]
}
