import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended, type OtherBrowser, programOf, saidBy } from './other-browser.ts'

// biome-ignore lint/suspicious/noExplicitAny: each command answers in its own shape.
type Answer = { id: number; result: any; error?: string; message?: string }

/** Starts Firefox, and speaks WebDriver BiDi with it. */
export async function startFirefox(): Promise<OtherBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'))
  const options = ['--headless', '--no-remote', '--profile', profile]
  const program = spawn(programOf('firefox'), [...options, '--remote-debugging-port', '0'])
  const address = await saidBy(program, /WebDriver BiDi listening on (ws:\S+)/)
  const { send, close } = await connect(`${address}/session`)
  await send('session.new', { capabilities: {} })
  const { context } = await send('browsingContext.create', { type: 'tab' })
  return {
    async open(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async run(body) {
      const { result, exceptionDetails } = await send('script.evaluate', {
        expression: `JSON.stringify((() => { ${body} })() ?? null)`,
        target: { context },
        awaitPromise: false,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.text)
      return JSON.parse(result.value)
    },
    async close() {
      close()
      await ended(program)
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function connect(url: string) {
  const socket = new WebSocket(url)
  const waiting = new Map<number, (answer: Answer) => void>()
  socket.onmessage = ({ data }) => {
    const answer: Answer = JSON.parse(String(data))
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  }
  await new Promise((opened, failed) => {
    socket.onopen = opened
    socket.onerror = failed
  })
  let last = 0
  async function send(method: string, params: object) {
    const id = ++last
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error, message } = await answered
    if (error !== undefined) throw new Error(`${method}: ${error}: ${message}`)
    return result
  }
  return { send, close: () => socket.close() }
}
