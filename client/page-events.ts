type Listeners = {
  /** Another tab changed a value whose key begins with `key`. */
  onStorage: () => void
  /** The person looks at the page again, or it came back from the cache that "back" uses. */
  onReturn: () => void
  onOnline: () => void
}

/** Of `StorageEvent`; a null key means that all was removed. */
type StorageChange = { key?: string | null }

/** Listens to what a page is told; outside of pages nothing is. Gives what stops it. */
export function listenToPage(
  key: string,
  { onStorage, onReturn, onOnline }: Listeners,
): () => void {
  const handlers: Record<string, (event: Event & StorageChange) => void> = {
    storage: (event) => {
      if (event.key?.startsWith(key) ?? true) onStorage()
    },
    focus: onReturn,
    pageshow: onReturn,
    // A page that is being left may be gone before an answer comes, and the answer would be lost.
    visibilitychange: ({ target }) => {
      if ((target as { visibilityState?: string }).visibilityState === 'visible') onReturn()
    },
    online: onOnline,
  }
  for (const [type, handler] of Object.entries(handlers)) {
    globalThis.addEventListener?.(type, handler)
  }
  return () => {
    for (const [type, handler] of Object.entries(handlers)) {
      globalThis.removeEventListener?.(type, handler)
    }
  }
}
