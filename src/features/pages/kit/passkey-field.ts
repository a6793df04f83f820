/** What a browser proved by a passkey, as the page's script put it into its field. The API judges it. */
export function passkeyOf({ passkey }: Readonly<Record<string, string>>): object {
  try {
    const given: unknown = JSON.parse(passkey ?? '')
    return typeof given === 'object' && given !== null ? given : {}
  } catch {
    return {}
  }
}
