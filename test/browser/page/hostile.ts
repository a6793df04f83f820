import type { Attack, Form, Hostile } from '../hostile-page.ts'

/** Runs in a page or frame of somebody else. Returns what it could read of any answer. */
async function attack({ auth, targets, forms, encodings }: Attack): Promise<string[]> {
  const read: string[] = []
  const tried: Promise<unknown>[] = []
  const attempt = (what: string, init: RequestInit, path: string) =>
    tried.push(
      fetch(auth + path, { credentials: 'include', ...init }).then(
        async (answer) => {
          if (answer.type !== 'opaque') read.push(`${what} ${path}: ${await answer.text()}`)
        },
        () => undefined,
      ),
    )
  for (const { path, method = 'POST', body } of targets) {
    const text = body && JSON.stringify(body)
    const sent = { method, ...(text !== undefined && { body: text }) }
    const headers = { 'X-Edge-Auth': '1', 'Content-Type': 'application/json' }
    attempt('cors', { ...sent, mode: 'cors', headers }, path)
    attempt('cors without headers', { ...sent, mode: 'cors' }, path)
    if (method === 'PATCH' || method === 'DELETE') continue
    attempt('no-cors', { ...sent, mode: 'no-cors', headers }, path)
    if (method === 'GET') continue
    const form = new FormData()
    form.set('a', text ?? '')
    attempt('no-cors form', { method, mode: 'no-cors', body: form }, path)
    attempt(
      'beacon',
      { method, mode: 'no-cors', body: new Blob([text ?? '']), keepalive: true },
      path,
    )
  }
  await Promise.all(tried)
  for (const { path, fields } of forms) {
    for (const enctype of encodings) {
      const frame = document.createElement('iframe')
      frame.name = `f${Math.random()}`
      document.body.append(frame)
      await new Promise((done) => {
        frame.addEventListener('load', done, { once: true })
        submit({ action: auth + path, enctype, target: frame.name, fields })
      })
      try {
        const text = frame.contentDocument?.body.textContent
        if (text) read.push(`form ${path}: ${text}`)
      } catch {
        // Of another origin, as it should be.
      }
    }
  }
  return read
}

/** Sends a form, by which this page is left where it has no other target. */
function submit({ fields, ...attributes }: Form): void {
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', ...attributes })
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input')
    Object.assign(input, { type: 'hidden', name, value })
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}

/** Puts one frame into the page, and resolves when it has loaded whatever it shows. */
function frame(attributes: Record<string, string>): Promise<unknown> {
  const element = document.createElement('iframe')
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  const loaded = new Promise((done) => element.addEventListener('load', done, { once: true }))
  document.body.replaceChildren(element)
  return loaded
}

/** All that a script sees of the cookies of a page. */
async function cookiesSeen(): Promise<[string, number]> {
  return [document.cookie, (await cookieStore.getAll()).length]
}

function plant(cookie: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: this is what is tried.
  document.cookie = cookie
}

const hostile: Hostile = {
  attack,
  submit,
  frame,
  cookiesSeen,
  plant,
  goTo: (url: string) => location.assign(url),
}
Object.assign(globalThis, { hostile })
