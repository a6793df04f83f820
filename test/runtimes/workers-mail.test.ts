import { expect, inject, it } from 'vitest'
import { createHttpMailer } from '../../src/adapters/mailer-http.ts'
import { FROM, failureOf, someMail } from '../support/mailer.ts'

const { accepting, silent } = inject('mailApis')
const mailer = (options: { url: string; key?: string; deadlineMilliseconds?: number }) =>
  createHttpMailer({ from: FROM, key: accepting.key, ...options })

it('workerd gives mails to an HTTP API, and reads its answers', async () => {
  const mail = someMail()
  await mailer(accepting).send(mail)
  await mailer(accepting).send(mail)
  await mailer(accepting).send({ ...mail, text: 'rendered anew' })
  const stranger = mailer({ ...accepting, key: 're_a-key-of-others' })
  expect((await failureOf(stranger.send(someMail()))).code).toBe('HTTP_401')
})

it('workerd gives up an API that says nothing', async () => {
  const hasty = mailer({ ...silent, deadlineMilliseconds: 200 })
  expect((await failureOf(hasty.send(someMail()))).code).toBe('TIMEOUT')
})

it('workerd takes the key nowhere else', async () => {
  const url = inject('redirectingEndpoint').replace('/sql', '')
  expect((await failureOf(mailer({ url }).send(someMail()))).code).toBe('HTTP_307')
  expect(await (await fetch(url)).text()).toBe('0')
})
