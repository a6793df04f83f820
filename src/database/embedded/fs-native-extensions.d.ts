/** The package comes without types. These are the ones in use. */
declare module 'fs-native-extensions' {
  /** Locks the whole file for the open file `fd`. Returns false if another open file has the lock. */
  export function tryLock(fd: number): boolean
}
