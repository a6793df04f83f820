import type { Context } from 'hono'
import type { Requester } from '../core/outbox/enqueue.ts'
import { LANGUAGES, type Language } from '../core/outbox/mails.ts'
import { preferredLanguage } from '../http/accept.ts'
import type { AppEnv } from '../http/context.ts'
import { clientOf } from './client.ts'

/** Returns the language of whoever asks: the first that the browser wants and there is, else the configured one. */
export function languageOf<Env extends AppEnv>(c: Context<Env>): Language {
  const wanted = preferredLanguage(c.req.header('accept-language'), LANGUAGES)
  return wanted ?? c.get('deps').config.mail.language
}

/** Returns who asks, and the language to write to them. */
export function requesterOf<Env extends AppEnv>(c: Context<Env>): Requester {
  return { ...clientOf(c), language: languageOf(c) }
}
