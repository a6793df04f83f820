/** The part of `Storage` that is needed; `localStorage` and `sessionStorage` fit. */
export type KeyValueStorage = {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Keeps tokens in this page alone: gone with a reload, and every tab logs in for itself. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>()
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  }
}

/** `localStorage`, which all tabs of an origin share; memory where the browser withholds it. */
export function defaultStorage(): KeyValueStorage {
  const probe = 'edge-auth:probe'
  try {
    globalThis.localStorage.setItem(probe, '')
    globalThis.localStorage.removeItem(probe)
    return globalThis.localStorage
  } catch {
    return memoryStorage()
  }
}

/** Calls `listener` when another tab removes the key. */
export function onRemovedInOtherTab(key: string, listener: () => void): void {
  globalThis.addEventListener?.('storage', (event: Event & Partial<StorageChange>) => {
    const isOurs = event.key === key || event.key === null
    if (isOurs && event.newValue === null) listener()
  })
}

/** Of `StorageEvent`; a null key means that all was removed. */
type StorageChange = { key: string | null; newValue: string | null }
