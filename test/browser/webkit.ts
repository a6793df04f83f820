import { spawn } from 'node:child_process'
import { freePort } from '../support/ports.ts'
import { ended, miniBrowser, type OtherBrowser, programOf, saidBy } from './other-browser.ts'

const START_MILLISECONDS = 30_000

/** Starts WebKit's small browser on a display that nobody sees, and speaks WebDriver with it. */
export async function startWebKit(): Promise<OtherBrowser> {
  const screen = ['-screen', '0', '1280x900x24', '-nolisten', 'tcp']
  // It says on its standard output which number it has taken.
  const display = spawn(programOf('display'), ['-displayfd', '1', ...screen])
  const number = await saidBy(display, /^(\d+)\n/)
  const port = await freePort()
  const driver = spawn(programOf('webkitDriver'), [`--port=${port}`], {
    env: {
      ...process.env,
      DISPLAY: `:${number}`,
      LIBGL_ALWAYS_SOFTWARE: '1',
      // A sandbox in a container is one too many.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
    stdio: 'ignore',
  })
  const ask = askOf(`http://127.0.0.1:${port}`)
  await untilItAnswers(() => ask('GET', '/status'))
  const options = { binary: miniBrowser(), args: ['--automation'] }
  const { sessionId } = await ask('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
  })
  const session = `/session/${sessionId}`
  return {
    async open(url) {
      await ask('POST', `${session}/url`, { url })
    },
    run: (body) => ask('POST', `${session}/execute/sync`, { script: body, args: [] }),
    async close() {
      await ask('DELETE', session)
      await ended(driver)
      await ended(display)
    },
  }
}

function askOf(base: string) {
  // biome-ignore lint/suspicious/noExplicitAny: each command answers in its own shape.
  return async (method: string, path: string, body?: object): Promise<any> => {
    const sent = body && { body: JSON.stringify(body) }
    const answer = await fetch(base + path, { method, ...sent })
    const { value } = (await answer.json()) as { value: { error?: string; message?: string } }
    if (!answer.ok) throw new Error(`${path}: ${value.error}: ${value.message}`)
    return value
  }
}

async function untilItAnswers(ask: () => Promise<unknown>): Promise<void> {
  const until = Date.now() + START_MILLISECONDS
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
