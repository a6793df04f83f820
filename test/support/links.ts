import type { KeptMail, TestApp } from './app.ts'

/** The token in the link of a mail. */
export function tokenOf(mail: KeptMail | undefined): string {
  const [link = ''] = mail?.links ?? []
  const token = /[?#&]token=([\w.-]+)$/.exec(link)?.[1]
  if (!token) throw new Error(`no token in the link ${link} of ${mail?.subject}`)
  return token
}

/** The token of the last mail to an address whose link leads to this page. */
export async function tokenTo(t: TestApp, address: string, page: string): Promise<string> {
  const mails = await t.mailsTo(address)
  return tokenOf(mails.find(({ links }) => links[0]?.includes(page)))
}

export async function subjectsTo(t: TestApp, address: string): Promise<string[]> {
  return (await t.mailsTo(address)).map(({ subject }) => subject)
}
