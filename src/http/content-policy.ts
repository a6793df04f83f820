/** What no page here may do: load what it does not name, be framed, have another base, or send a form elsewhere. */
const NOTHING_ELSE = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** Makes a page's Content-Security-Policy, which allows these sources and nothing else. */
export function contentPolicy(sources: Record<string, string>): string {
  const directives = Object.entries({ ...NOTHING_ELSE, ...sources })
  return directives.map(([name, value]) => `${name} ${value}`).join('; ')
}

/** Returns the source by which a policy allows exactly this inline script or style. */
export async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`
}
