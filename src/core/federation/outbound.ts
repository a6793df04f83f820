/** A request to a provider. */
export type Outbound = Readonly<{
  method: string
  headers: Record<string, string>
  body?: URLSearchParams | undefined
}>

/**
 * Asks a provider, by https or on this machine, and returns its JSON whole. Follows no redirect, and takes some seconds at
 * most. Throws `ProviderFault`.
 */
export type AskProvider = (url: URL, request: Outbound, signal: AbortSignal) => Promise<Response>

/** A provider did not do what it must. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault'
  /** For the log, such as TIMEOUT or HTTP_500. Never words of the provider, which may quote a code or a token. */
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}
