import { NetworkError } from './errors.ts'

/** Loads something once; what failed is tried again by the next who wants it. `loaded` gives it once it is there. */
export function loader<T>(
  load: () => Promise<T>,
): (() => Promise<T>) & { loaded: () => T | undefined } {
  let loading: Promise<T> | undefined
  let found: T | undefined
  const start = async () => {
    try {
      found = await load()
      return found
    } catch (cause) {
      loading = undefined
      throw new NetworkError(cause)
    }
  }
  const get = () => {
    loading ??= start()
    return loading
  }
  return Object.assign(get, { loaded: () => found })
}

/** Calls that are loaded with the first of them. */
export function deferred<Calls extends object, const Name extends keyof Calls & string>(
  load: () => Promise<Calls>,
  names: readonly Name[],
): Pick<Calls, Name> {
  const entries = names.map((name) => [
    name,
    async (...args: unknown[]) => {
      const call = (await load())[name] as (...args: unknown[]) => unknown
      return call(...args)
    },
  ])
  return Object.fromEntries(entries)
}
