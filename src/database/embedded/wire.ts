import { Buffer } from 'node:buffer'

/** Messages of Postgres' protocol: a letter, the length including itself, and the content. */
const LETTER = { query: 0x51, sync: 0x53, terminate: 0x58, ready: 0x5a } as const
const SYNC = Buffer.from([LETTER.sync, 0, 0, 0, 4])
const READY_BYTES = 6

/** Ends a COPY from the client. Outside of one, Postgres ignores it. */
const COPY_FAIL = message('f', 'COPY from the client is not supported\0')

function message(letter: string, content: string): Buffer {
  const bytes = Buffer.from(`${letter}    ${content}`)
  bytes.writeInt32BE(bytes.length - 1, 1)
  return bytes
}

/**
 * Returns the messages with an end to any COPY from the client. PGlite reads the data to copy from the messages that it
 * was given. Without an end in them it waits forever, or dies.
 */
export function withCopyRefused(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (let at = 0; at + 5 <= bytes.length && bytes[0] !== 0; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    if (bytes[at] === LETTER.sync) {
      parts.push(bytes.subarray(from, at), COPY_FAIL)
      from = at
    } else if (bytes[at] === LETTER.query) {
      parts.push(bytes.subarray(from, end), COPY_FAIL)
      from = end
    }
    at = end
  }
  return Buffer.concat([...parts, bytes.subarray(from)])
}

/** True if Postgres says that it is ready after it has handled the messages. */
export function endsExchange(bytes: Buffer): boolean {
  return bytes[0] === LETTER.query || bytes.subarray(-SYNC.length).equals(SYNC)
}

/** True if an answer ends with that message. */
export function isComplete(answer: Uint8Array): boolean {
  return answer.at(-READY_BYTES) === LETTER.ready && answer.at(-2) === READY_BYTES - 1
}

export function isTerminate(bytes: Buffer): boolean {
  return bytes[0] === LETTER.terminate
}
