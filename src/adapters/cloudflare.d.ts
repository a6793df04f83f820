declare module 'cloudflare:workers' {
  export const env: Record<string, unknown>
  /** Lets the work go on after the answer to the request in whose course this is called. */
  export function waitUntil(work: Promise<unknown>): void
}
