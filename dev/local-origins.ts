import { LOCAL_ORIGINS } from '../src/utils/origins.ts'

/** Adds the origins of tools on this machine to what CORS_ORIGINS and COOKIE_ORIGINS say. */
export function withLocalOrigins(variables: Record<string, string>): Record<string, string> {
  const widened = ['CORS_ORIGINS', 'COOKIE_ORIGINS'].map((name) => [
    name,
    [variables[name] ?? '', ...LOCAL_ORIGINS].filter(Boolean).join(','),
  ])
  return { ...variables, ...Object.fromEntries(widened) }
}

/** The line of the banner that says who may call. */
export function describeOrigins(variables: Record<string, string>): string {
  const others = variables.CORS_ORIGINS ? `, and ${variables.CORS_ORIGINS}` : ''
  return `open to ${LOCAL_ORIGINS.join(' and ')}${others}`
}
