import type { ChildProcess } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'

/** What a test needs of a browser that Playwright cannot drive as Debian builds it. */
export type OtherBrowser = {
  open: (url: string) => Promise<void>
  /** Returns what the body of a function returns in the page, as JSON. */
  run: <Result>(body: string) => Promise<Result>
  close: () => Promise<void>
}

const PROGRAMS = {
  firefox: '/usr/bin/firefox-esr',
  webkitDriver: '/usr/bin/WebKitWebDriver',
  display: '/usr/bin/Xvfb',
}

/** The program of Debian's package. Throws where that is not installed. */
export function programOf(name: keyof typeof PROGRAMS): string {
  const path = PROGRAMS[name]
  if (!existsSync(path)) throw new Error(`${path} is not installed`)
  return path
}

/** WebKit's small browser, which lies in a folder named after the machine's kind. */
export function miniBrowser(): string {
  const [found] = globSync('/usr/lib/*/webkit2gtk-4.1/MiniBrowser')
  if (found === undefined) throw new Error('WebKit is not installed')
  return found
}

/** True where Debian's Firefox and WebKit are installed. */
export function hasOtherBrowsers(): boolean {
  return Object.values(PROGRAMS).every((path) => existsSync(path))
}

/** Returns the group of the first line that a program writes like this. */
export function saidBy(program: ChildProcess, pattern: RegExp): Promise<string> {
  let written = ''
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      written += chunk
      const found = pattern.exec(written)?.[1]
      if (found !== undefined) resolve(found)
    }
    program.stdout?.on('data', read)
    program.stderr?.on('data', read)
    program.once('exit', () => reject(new Error(`it ended: ${written}`)))
  })
}

/** Ends a program, and waits until it has. */
export function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    program.once('exit', () => resolve())
    program.kill('SIGKILL')
  })
}
