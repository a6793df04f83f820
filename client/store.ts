import type { KeyValueStorage } from './storage.ts'

/** One value in a storage that other tabs may write to as well. */
export type Store<T> = {
  read(): T | undefined
  write(value: T | undefined): void
  /** Calls the listener whenever a client in this page has written to the storage; gives what stops it. */
  watch(listener: () => void): () => void
}

/** The browser tells other pages of a change, but not the one that made it. */
const watchersOf = new WeakMap<KeyValueStorage, Set<() => void>>()
const UNREADABLE = Symbol()

/**
 * Reads the storage anew each time, for another tab may have written. A value that the storage will not take, because it is
 * full, say, is kept in memory until the storage holds something newer.
 */
export function createStore<T>(
  storage: KeyValueStorage,
  key: string,
  parse: (value: unknown) => T | undefined,
): Store<T> {
  const watchers = watchersOf.get(storage) ?? new Set()
  watchersOf.set(storage, watchers)
  let inMemory: T | undefined
  let lastFound: string | null = null
  /** What the storage held when it would not take what is in memory. */
  let refusedFor: string | null | undefined

  function stored() {
    try {
      return storage.getItem(key) ?? null
    } catch {
      return UNREADABLE
    }
  }

  return {
    read() {
      const text = stored()
      if (text === UNREADABLE || text === refusedFor) return inMemory
      refusedFor = undefined
      lastFound = text
      inMemory = parseJson(text, parse)
      return inMemory
    },
    write(value) {
      const text = value === undefined ? null : JSON.stringify(value)
      put(storage, key, text)
      inMemory = value
      const found = stored()
      if (found !== UNREADABLE) lastFound = found
      refusedFor = found === text ? undefined : lastFound
      for (const notify of [...watchers]) notify()
    },
    watch(listener) {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
  }
}

/** Where there is no room the old value goes first: that makes some, and nobody may take the old one for current. */
function put(storage: KeyValueStorage, key: string, text: string | null): void {
  const set = () => text !== null && storage.setItem(key, text)
  if (text !== null && succeeds(set)) return
  succeeds(() => storage.removeItem(key))
  succeeds(set)
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

function parseJson<T>(
  text: string | null,
  parse: (value: unknown) => T | undefined,
): T | undefined {
  try {
    return parse(JSON.parse(text ?? 'null'))
  } catch {
    return undefined
  }
}

export function parseText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
