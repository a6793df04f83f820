import { decodeJwt } from 'jose'
import type { Browser, CDPSession, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import type { Page } from './page/main.ts'
import { type Stage, startStage } from './two-tabs-stage.ts'

declare const page: Page

const PASSWORD = 'correct horse battery staple'

let stage: Stage
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
  stage = await startStage({
    ...{ WEBAUTHN_RP_ID: 'localhost', WEBAUTHN_ORIGINS: 'http://localhost:*' },
  })
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

type Device = { tab: Tab; cdp: CDPSession; authenticatorId: string; username: string }

/** Somebody with a passkey in the virtual authenticator of a tab, who has logged out. */
async function personWithPasskey({ isSynced = false } = {}): Promise<Device> {
  const context = await browser.newContext()
  const tab = await context.newPage()
  await tab.goto(`${stage.site}/?${new URLSearchParams({ api: stage.api })}`)
  const cdp = await context.newCDPSession(tab)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
      ...{ automaticPresenceSimulation: true },
      ...{ defaultBackupEligibility: isSynced, defaultBackupState: isSynced },
    },
  })
  const username = `key-${crypto.randomUUID().slice(0, 8)}`
  const made = await tab.evaluate(
    async ([username, password]) => {
      await page.auth.signup({ username, email: `${username}@example.org`, password })
      await page.auth.login({ username_or_email: username, password })
      const made = await page.auth.registerPasskey()
      await page.auth.logout()
      return made
    },
    [username, PASSWORD] as const,
  )
  expect(made.recovery_codes).toHaveLength(10)
  expect(made.passkey).toMatchObject({ synced: isSynced, name: expect.stringContaining('Chrom') })
  return { tab, cdp, authenticatorId, username }
}

const credentialOf = async ({ cdp, authenticatorId }: Device) => {
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  const [credential] = credentials
  if (!credential) throw new Error('the authenticator has no passkey')
  return credential
}

/** Puts the passkey into the authenticator once more, otherwise than it was. */
async function replace(
  device: Device,
  changes: { signCount?: number; backupEligibility?: boolean },
) {
  const { cdp, authenticatorId } = device
  const credential = await credentialOf(device)
  const { credentialId } = credential
  await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
  await cdp.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: { ...credential, ...changes },
  })
}

/** Logs in by passkey. Returns the access token, or the code of the refusal. */
const logIn = ({ tab }: Device, conditional = false) =>
  tab.evaluate(
    (conditional) =>
      page.auth.logInWithPasskey({ conditional }).then(
        () => page.accessToken() ?? '',
        (error: { code?: string | number; name: string }) =>
          typeof error.code === 'string' ? error.code : error.name,
      ),
    conditional,
  )

it.each([false, true])('logs in without a username (conditional: %s)', async (conditional) => {
  const token = await logIn(await personWithPasskey(), conditional)
  expect(decodeJwt(token)).toMatchObject({ acr: 'aal2', amr: ['hwk', 'user'] })
})

it('is the second factor after a password', async () => {
  const { tab, username } = await personWithPasskey({ isSynced: true })
  const token = await tab.evaluate(
    async ([username, password]) => {
      const outcome = await page.auth.login({ username_or_email: username, password })
      if (!outcome.mfa_required) throw new Error('no second factor was asked for')
      await outcome.verify(await page.auth.provePasskey())
      return page.accessToken() ?? ''
    },
    [username, PASSWORD] as const,
  )
  expect(decodeJwt(token)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'swk', 'user', 'mfa'] })
})

it.each([
  ['a bad signature', { isBogusSignature: true }],
  ['no verified user', { isBadUV: true }],
  ['no user', { isBadUP: true }],
])('refuses %s', async (_, bits) => {
  const device = await personWithPasskey()
  const { cdp, authenticatorId } = device
  await cdp.send('WebAuthn.setResponseOverrideBits', { authenticatorId, ...bits })
  // A browser that sees the lack gives no assertion at all.
  expect(['factor_refused', 'NotAllowedError']).toContain(await logIn(device).catch(String))
  const none = { isBogusSignature: false, isBadUV: false, isBadUP: false }
  await cdp.send('WebAuthn.setResponseOverrideBits', { authenticatorId, ...none })
  expect(decodeJwt(await logIn(device)).acr).toBe('aal2')
})

it('refuses and suspends a passkey whose counter went back', async () => {
  const device = await personWithPasskey()
  await logIn(device)
  await replace(device, { signCount: 0 })
  expect(await logIn(device)).toBe('factor_refused')
  await replace(device, { signCount: 100 })
  expect(await logIn(device)).toBe('factor_refused')
})

it('accepts a synced one whose counter went back', async () => {
  const device = await personWithPasskey({ isSynced: true })
  await logIn(device)
  await replace(device, { signCount: 0 })
  expect(decodeJwt(await logIn(device)).amr).toContain('swk')
})

it('refuses one that says it may be synced, and may not when it was registered', async () => {
  const device = await personWithPasskey()
  await replace(device, { backupEligibility: true })
  expect(await logIn(device)).toBe('factor_refused')
})

it('takes an assertion once', async () => {
  const { tab } = await personWithPasskey({ isSynced: true })
  const statuses = await tab.evaluate(async (api) => {
    const { passkey } = await page.auth.provePasskey()
    const send = () =>
      fetch(`${api}/auth/passkeys/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(passkey),
      })
    return [(await send()).status, (await send()).status]
  }, stage.api)
  expect(statuses).toEqual([200, 400])
})

it('is renamed and removed, and the browser is told what is left', async () => {
  const device = await personWithPasskey()
  await logIn(device)
  const names = await device.tab.evaluate(async () => {
    const [before] = (await page.auth.factors()).passkeys
    const renamed = await page.auth.renamePasskey(before?.id ?? '', 'Blue key')
    await page.auth.removePasskey(renamed.id)
    return [renamed.name, (await page.auth.factors()).passkeys.length]
  })
  expect(names).toEqual(['Blue key', 0])
  expect(await logIn(device)).toMatch(/factor_refused|NotAllowedError/)
})
