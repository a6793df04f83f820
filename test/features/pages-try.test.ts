import { afterAll, beforeAll, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
let t: TestApp
beforeAll(async () => { t = await createTestApp() })
afterAll(() => t.close())
it('x', async () => {
  for (const p of ['/login', '/login/code','/signup','/forgot-password','/verify-email/again','/logout','/mfa','/account','/login/provider?code=x','/login?return_to=//evil']) {
    const a = await t.request(p)
    console.log(p, a.status, a.headers.get('location'), a.headers.get('content-security-policy'), (await a.text()).replace(/<style>.*<\/style>/s,'').slice(0, 6000))
  }
  const f = await t.request('/login', {method:'POST', headers:{'content-type':'application/x-www-form-urlencoded', origin:'http://localhost'}, body: 'form=password&username_or_email=a&password=b'})
  console.log(f.status, (await f.text()).replace(/<style>.*<\/style>/s,''))
})
