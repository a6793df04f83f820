const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]']

/**
 * Keeps requests to this machine away from a proxy that the environment names, for this process and those it starts.
 * Node (NODE_USE_ENV_PROXY), curl and Wrangler look at either name, the small one first.
 */
export function skipProxyForLoopback(env: Record<string, string | undefined>): void {
  const kept = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter(Boolean)
  // Alone it means everything, and beside others nothing.
  if (kept.length === 1 && kept[0] === '*') return
  const value = [...new Set([...kept, ...LOOPBACK])].join(',')
  env.no_proxy = value
  env.NO_PROXY = value
}
