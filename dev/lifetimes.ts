/** What docs/tokens.md recommends. The defaults are one day for both, which first clients expect. */
const RECOMMENDED = { ACCESS_TOKEN_EXPIRE_MINUTES: '15', REFRESH_TOKEN_EXPIRE_MINUTES: '43200' }

/** Adds the recommended lifetimes, unless the variables say anything about lifetimes, which they might contradict. */
export function withLifetimes(variables: Record<string, string>): Record<string, string> {
  const named = [...Object.keys(RECOMMENDED), 'SESSION_EXPIRE_MINUTES']
  return named.some((name) => variables[name]?.trim())
    ? variables
    : { ...variables, ...RECOMMENDED }
}
