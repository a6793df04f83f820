import { uuidv7 } from '../../utils/uuid.ts'
import type { CoreDeps } from '../deps.ts'
import type { Once } from '../factors/factor-tokens.ts'
import { type FlowSecrets, flowSecretsOf } from './flow-secrets.ts'
import type { ProviderProfile } from './provider.ts'

/** What a sign-in at a provider is for. */
export const INTENTS = ['login', 'link', 'reauth'] as const
export type Intent = (typeof INTENTS)[number]

/** Who asked for it, where somebody was logged in. */
type Caller = { userId: string; sessionId: string }

/** What was asked for when the browser left for the provider. */
export type FlowState = {
  provider: string
  intent: Intent
  /** Which of the configured URLs the browser goes on to. By its place, for X takes no state of more than 500 characters. */
  returnTo: number
  caller?: Caller | undefined
}

/** What the browser came back with, for the app to exchange. */
export type FlowCode = {
  provider: string
  intent: Intent
  caller?: Caller | undefined
  profile: ProviderProfile
}

/** An identity that waits for the owner of its email to log in. */
export type FlowLink = { provider: string; userId: string; profile: ProviderProfile }

type Claims = { state: FlowState; code: FlowCode; link: FlowLink }
export type FlowTokenKind = keyof Claims

/** How long each works. A state lets a person find the password at the provider, a link the one here. */
export const FLOW_SECONDS = { state: 600, code: 60, link: 600 } as const satisfies Record<
  FlowTokenKind,
  number
>

/** What was sealed, with the secret of the browser that it was sealed for. */
export type Opened<Kind extends FlowTokenKind> = Once & {
  claims: Claims[Kind]
  secret: string
  secrets: FlowSecrets
}

type Sealer = Pick<CoreDeps, 'sealing' | 'clock'>

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** `key.iv.sealed`, and no other spelling of it. */
const SEALED = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Each kind is about another thing, so that none opens in the place of another, nor in another browser. */
function aboutOf(kind: FlowTokenKind, { binding }: FlowSecrets): string {
  return `oauth ${kind} ${binding}`
}

/** Seals something for the browser that has the secret. It tells nobody else anything, and works once and for a while. */
export async function sealFlow<Kind extends FlowTokenKind>(
  { sealing, clock }: Sealer,
  kind: Kind,
  claims: Claims[Kind],
  secrets: FlowSecrets,
): Promise<string> {
  const now = clock.now().getTime()
  const until = now + FLOW_SECONDS[kind] * 1000
  const whole = JSON.stringify({ claims, jti: uuidv7(now), until })
  return sealing.seal(encoder.encode(whole), aboutOf(kind, secrets))
}

/**
 * Opens what was sealed for one of the flows of a browser. Undefined for what is of another kind or browser, was changed, or
 * is over. Whoever acts on it spends its id.
 */
export async function openFlow<Kind extends FlowTokenKind>(
  { sealing, clock }: Sealer,
  kind: Kind,
  text: string,
  cookie: readonly string[],
): Promise<Opened<Kind> | undefined> {
  if (!SEALED.test(text)) return undefined
  for (const secret of cookie) {
    const secrets = await flowSecretsOf(secret)
    const opened = await sealing.open(text, aboutOf(kind, secrets))
    if (!opened) continue
    const { claims, jti, until } = JSON.parse(decoder.decode(opened.secret))
    if (clock.now().getTime() >= until) return undefined
    return { claims, jti, expiresAt: new Date(until), secret, secrets }
  }
  return undefined
}
