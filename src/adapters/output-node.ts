import type { Writable } from 'node:stream'
import { logLine } from './logger.ts'

const FLUSH_MILLISECONDS = 100
/** So much waits for a reader that has stopped reading. What comes then is dropped. */
const MAX_WAITING_CHARACTERS = 1_048_576

/** Standard output, or what takes its place in a test. */
type OutputStream = Pick<Writable, 'on' | 'write' | 'writableLength'>

export type Output = {
  /** Writes a line soon, in a batch with others, so that no request waits for a system call. */
  log: (line: string) => void
  /** Writes a line at once. */
  say: (line: string) => void
  /** Resolves when everything is written, or the time is over. */
  flushed: (milliseconds: number) => Promise<void>
}

/**
 * Makes an output that decides nothing about the service's life. It never throws, ends the process or fills the memory:
 * lines are dropped while they cannot be written (a full disk, a reader that is gone or stands still), and their number
 * is written as soon as lines can be written again.
 */
export function createOutput(stream: OutputStream): Output {
  let held = ''
  let heldLines = 0
  let dropped = 0
  let isScheduled = false

  const hold = (line: string) => {
    if (stream.writableLength + held.length > MAX_WAITING_CHARACTERS) {
      dropped++
      return
    }
    held += `${line}\n`
    heldLines++
  }

  const flush = () => {
    isScheduled = false
    if (stream.writableLength > MAX_WAITING_CHARACTERS) return
    // The last line before a failure may have been cut off.
    const note =
      dropped > 0 ? `\n${logLine('warn', 'log_lines_dropped', { lines: dropped })}\n` : ''
    const lines = dropped + heldLines
    const text = note + held
    held = ''
    heldLines = 0
    dropped = 0
    if (text === '') return
    stream.write(text, (error) => {
      if (error) dropped += lines
    })
  }

  stream.on('error', () => {
    // Every write learns of its own failure.
  })
  stream.on('drain', () => {
    if (dropped > 0) flush()
  })
  process.once('exit', flush)

  return {
    log(line) {
      hold(line)
      if (isScheduled) return
      isScheduled = true
      setTimeout(flush, FLUSH_MILLISECONDS).unref()
    },
    say(line) {
      hold(line)
      flush()
    },
    async flushed(milliseconds) {
      flush()
      if (stream.writableLength === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, milliseconds)
      stream.write('', () => resolve())
      await promise
      clearTimeout(timer)
    },
  }
}
