/** A password on the list of leaked ones (breach-server.ts), and on none that is in the service. */
export const LEAKED = 'zq-7Kmvo-leaked'
/** On that list only to hide how long it is. */
export const PADDED = 'zq-7Kmvo-padded'

/** What the list was asked for. */
export type Asked = { prefix: string; headers: Record<string, string | string[] | undefined> }

/** What the list was asked for the sake of a password. */
export async function askedFor(url: string, password: string): Promise<Asked[]> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(password))
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'))
  const prefix = hex.join('').slice(0, 5).toUpperCase()
  const asked: Asked[] = await (await fetch(`${url}/asked`)).json()
  return asked.filter((one) => one.prefix === prefix)
}
