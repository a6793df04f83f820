import {
  type LinkPurpose,
  PURPOSES,
  type Purpose,
} from '../../src/core/one-time-tokens/purposes.ts'
import {
  type DueMail,
  LANGUAGES,
  type Language,
  MAILS,
  type MailName,
  type RenderMail,
} from '../../src/core/outbox/mails.ts'
import { createLinks } from '../../src/mail/links.ts'
import { createRenderMail } from '../../src/mail/render.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'

const MAIL_NAMES = Object.keys(MAILS) as MailName[]

/** The purposes whose tokens are in links. */
export const LINK_PURPOSES = Object.keys(PURPOSES).filter(
  (purpose): purpose is LinkPurpose => purpose !== 'login_code',
)

/** True for a mail with a link. */
export function hasLink(name: MailName): boolean {
  return LINK_PURPOSES.some((purpose) => purpose === MAILS[name])
}

/** A token of the length and the characters that real ones have. It works nowhere. */
async function mintSample(purpose: Purpose, { id }: { id: string }): Promise<string> {
  const at = Object.keys(PURPOSES).indexOf(purpose)
  return `${id.replaceAll('-', '').padEnd(43, 'Ab_-')}.${String(at).padEnd(43, 'xY-_9')}`
}

/** A mail that is due, as the outbox would hold it. */
export function sampleMail(
  name: MailName,
  language: Language,
  data: Partial<DueMail['data']> = {},
): DueMail {
  const purpose: Purpose | null = MAILS[name]
  return {
    id: '01980000-0000-7000-8000-000000000001',
    name,
    recipient: 'ada@example.org',
    language,
    data: {
      username: 'ada.lovelace',
      new_email: name === 'email_changed' ? 'ada.king@example.com' : null,
      passkey: 'Firefox, Linux',
      provider: 'Google',
      ip: '203.0.113.9',
      user_agent: FIREFOX,
      ...data,
    },
    token: purpose && {
      id: '01980000-0000-7000-8000-000000000002',
      userId: '01980000-0000-7000-8000-000000000003',
      purpose,
    },
    createdAt: new Date('2026-11-26T17:06:21.345Z'),
  }
}

type Settings = { projectName?: string; publicUrl?: string; appBaseUrl?: string }

/** What renders mails, as an entry makes it from the configuration. */
export function sampleRenderer(settings: Settings = {}): RenderMail {
  const { projectName = 'Edge Auth', publicUrl = 'https://auth.example.org', appBaseUrl } = settings
  return createRenderMail({
    projectName,
    linkTo: createLinks({ publicUrl, appBaseUrl }),
    mint: mintSample,
    code: async () => '012345',
  })
}

/** Every mail in every language. */
export const EVERY_MAIL = MAIL_NAMES.flatMap((name) =>
  LANGUAGES.map((language) => ({ name, language })),
)
