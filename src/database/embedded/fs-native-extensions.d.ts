/** The package comes without types; this is what is used of it. */
declare module 'fs-native-extensions' {
  /** Locks the whole file for the open file `fd`; false where another open file has the lock. */
  export function tryLock(fd: number): boolean
}
