import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { logLine } from './logger.ts'

const FLUSH_MILLISECONDS = 100
/** So much waits for a reader that has stopped reading. What comes then is dropped. */
const MAX_WAITING_CHARACTERS = 1_048_576

/** Writes a text, and tells how many of its lines are lost. */
type Write = (text: string, done: (lostLines: number) => void) => void

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
export function createOutput(stream: typeof process.stdout): Output {
  const write = isFile(stream.fd) ? toFile(stream.fd) : toStream(stream)
  let held = ''
  let dropped = 0
  let isScheduled = false

  const hold = (line: string) => {
    if (stream.writableLength + held.length > MAX_WAITING_CHARACTERS) {
      dropped++
      return
    }
    held += `${line}\n`
  }

  const flush = () => {
    isScheduled = false
    if (stream.writableLength > MAX_WAITING_CHARACTERS) return
    if (dropped > 0) {
      const lines = dropped
      dropped = 0
      // The last line before a failure may have been cut off.
      write(`\n${logLine('warn', 'log_lines_dropped', { lines })}\n`, (lost) => {
        if (lost > 0) dropped += lines
      })
    }
    if (held === '') return
    const text = held
    held = ''
    write(text, (lost) => {
      dropped += lost
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

function isFile(fd: number): boolean {
  const about = fstatSync(fd)
  return about.isFile() || (about.isCharacterDevice() && !isatty(fd))
}

/** Node's own stream for a file takes a text for written of which only a part had room. */
function toFile(fd: number): Write {
  return (text, done) => {
    const bytes = Buffer.from(text)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written)
    } catch {
      // Where a full disk ends it.
    }
    done(linesOf(bytes.toString('latin1', written)))
  }
}

function toStream(stream: typeof process.stdout): Write {
  return (text, done) => {
    stream.write(text, (error) => done(error ? linesOf(text) : 0))
  }
}

const linesOf = (text: string) => text.split('\n').length - 1
