import type { PropsWithChildren } from 'hono/jsx'
import type { Answer, View } from '../kit/define-page.ts'
import { type FormState, stateOf } from '../kit/form-state.ts'
import { Button, Form, Nav, Notice } from '../kit/parts.tsx'
import type { HostedPath } from '../kit/paths.ts'
import type { Visit } from '../kit/visit.ts'

type Done = keyof Visit['words']['account']['done']

/** Leads to a page that says what was done, by a word of a closed list. */
export function doneAt(visit: Visit, path: HostedPath, done: Done): Answer {
  return { goTo: `${visit.to(path)}?${new URLSearchParams({ done })}` }
}

/** What was done, if the address names one of the things that are said. */
function doneWords({ query, words }: Visit): string | undefined {
  const said: Readonly<Record<string, string>> = words.account.done
  const { done = '' } = query
  return Object.hasOwn(said, done) ? said[done] : undefined
}

type Frame = { title: string; form: FormState; content: View['content']; hasScript?: boolean }

/** A page of the account, with the way to the others. */
export function accountView(visit: Visit, { title, form, content, hasScript }: Frame): View {
  const { common, account } = visit.words
  const { nav } = account
  const { failure } = form
  // Here too for who can do nothing else until a second factor is set up.
  const toLogout = { ...form, visit: { ...visit, path: '/logout' as const } }
  const done = form.name === undefined ? doneWords(visit) : undefined
  const links = [
    { path: '/account', name: nav.account },
    { path: '/account/security', name: nav.security },
    { path: '/account/sessions', name: nav.sessions },
    { path: '/account/activity', name: nav.activity },
  ]
  return {
    title,
    isWide: true,
    hasScript: hasScript === true,
    content: (
      <>
        <Nav visit={{ ...visit, path: sectionOf(visit.path) }} label={nav.label} links={links} />
        {done !== undefined && <Notice>{done}</Notice>}
        {failure !== undefined && !saysWhy(content) && <Notice isBad>{failure}</Notice>}
        <h1>{title}</h1>
        {content}
        <div class="actions">
          <Form form={toLogout} name="logout">
            <Button look="quiet">{common.logout}</Button>
          </Form>
        </div>
      </>
    ),
  }
}

/** False where a form was refused that is not on the page any more, because of what was done elsewhere meanwhile. */
function saysWhy(content: View['content']): boolean {
  return content.toString().includes('<p class="notice bad" role="alert">')
}

/** The page of the navigation under which another one is. */
function sectionOf(path: HostedPath): HostedPath {
  return SECTIONS[path] ?? path
}

const SECTIONS: Partial<Record<HostedPath, HostedPath>> = {
  '/account/email': '/account',
  '/account/delete': '/account',
  '/account/password': '/account/security',
  '/account/totp': '/account/security',
  '/account/passkey': '/account/security',
  '/account/passkey/new': '/account/security',
}

/** A part of a page, under its own heading. */
export function Part({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

type SureProps = {
  form: FormState
  name: string
  /** What it is done to, where there are several. */
  id?: string
  label: string
  /** What comes of it. */
  text: string
  look?: 'danger' | 'quiet'
}

/** Something that is not easily undone: a first press says what comes of it, and a second one does it. */
export function Sure({ form, name, id, label, text, look = 'danger' }: SureProps) {
  const isThis = form.name === name && form.visit.values.id === id
  return (
    <details open={isThis}>
      <summary>{label}</summary>
      <Form form={stateOf(form, isThis)} name={name} hidden={id === undefined ? {} : { id }}>
        <p>{text}</p>
        <Button look={look}>{label}</Button>
      </Form>
    </details>
  )
}

const REGION = { en: 'en-GB', de: 'de-DE' } as const

/** A moment, for all time zones alike: the service does not know the person's. */
export function When({ visit, at }: { visit: Visit; at: string }) {
  const format = new Intl.DateTimeFormat(REGION[visit.language], {
    ...{ dateStyle: 'medium', timeStyle: 'short' },
    timeZone: 'UTC',
  })
  return <time datetime={at}>{format.format(new Date(at))} UTC</time>
}

/** When something was last used to log in, if ever. */
export function LastUsed({ visit, at }: { visit: Visit; at: string | null }) {
  const { used, unused } = visit.words.account.security
  if (at === null) return <>{unused}</>
  return (
    <Said text={used}>
      <When visit={visit} at={at} />
    </Said>
  )
}

/** A sentence with something in it that is marked up. In braces is what that takes the place of. */
export function Said({ text, children }: PropsWithChildren<{ text: string }>) {
  const [before = '', after = ''] = text.split(/\{\w+\}/)
  return (
    <>
      {before}
      {children}
      {after}
    </>
  )
}
