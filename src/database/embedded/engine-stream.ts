import { Buffer } from 'node:buffer'
import { Duplex } from 'node:stream'
import type { Engine } from './engine.ts'
import { endsExchange, isComplete, isTerminate, withCopyRefused } from './wire.ts'

type Callback = (error?: Error | null) => void

/**
 * A connection to an engine with the interface of a socket, for `pg`. It sends what is written to the engine's thread
 * and reads the answers. It ends when the engine ends. An engine has one session, so a second connection shares its
 * state.
 */
export class EngineStream extends Duplex {
  readonly #running: Promise<Engine>
  #engine: Engine | undefined

  constructor(running: Promise<Engine>) {
    super()
    this.#running = running
  }

  connect(): this {
    this.#running.then(
      (engine) => {
        this.#engine = engine
        void engine.ended.then((reason) => this.destroy(reason))
        this.emit('connect')
      },
      (reason) => this.destroy(reason),
    )
    return this
  }

  override _write(chunk: Buffer, _encoding: string, done: Callback): void {
    this.#send(chunk, done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: Callback): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _read(): void {}

  override _final(done: Callback): void {
    this.push(null)
    done()
  }

  #send(bytes: Buffer, done: Callback): void {
    const engine = this.#engine
    done()
    if (isTerminate(bytes) || !engine) return
    engine.raw(withCopyRefused(bytes)).then(
      (answer) => {
        if (answer.length > 0) this.push(answer)
        if (!endsExchange(bytes) || isComplete(answer)) return
        void engine.kill('its answer broke off')
      },
      (error: Error) => this.destroy(error),
    )
  }

  // Methods of sockets that have no effect here.
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}
