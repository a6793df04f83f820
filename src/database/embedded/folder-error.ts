/** Why a data folder cannot be used and what to do about it, in a sentence for the operator. */
export class FolderError extends Error {
  override readonly name = 'FolderError'
  readonly code: string

  constructor(path: string, code: string, fault: string, options?: ErrorOptions) {
    super(`The database folder ${path} cannot be used: ${fault}`, options)
    this.code = code
  }
}

const ANOTHER = 'set DATA_FOLDER to another folder'
const RIGHTS =
  'this user may not read and write it. Make it (or the folder above it) the property of the user that runs the service.'
const NO_FOLDER = `it, or a part of its path, is a file and not a folder. Move the file away, or ${ANOTHER}.`
const FULL =
  'there is no room left on its disk. Make room and start again: nothing that was acknowledged is lost.'
const NO_LOCKS = `its file system knows no locks, and without one two services could destroy it. ${capital(ANOTHER)}, on a local disk.`
const TOO_MANY_FILES = 'too many files are open. Raise the limit (ulimit -n) and start again.'

/** What the system's errors mean for a data folder. */
const FAULTS: Record<string, string> = {
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EROFS: `it is on a read-only file system. Mount it writable, or ${ANOTHER}.`,
  ENOTDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
  EISDIR:
    'a folder lies where one of its files should be. Keep a copy of it, and restore a backup.',
  ENOENT: `it is a link that leads nowhere. Restore what it pointed to, or ${ANOTHER}.`,
  ELOOP: `its path goes through links that lead in a circle, or through too many. Correct them, or ${ANOTHER}.`,
  ENAMETOOLONG: `its path is too long. ${capital(ANOTHER)}.`,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  EIO: 'its disk cannot be read or written. Replace the disk and restore a backup.',
  ENOLCK: NO_LOCKS,
  ENOSYS: NO_LOCKS,
  ENOTSUP: NO_LOCKS,
  EOPNOTSUPP: NO_LOCKS,
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Returns what a system error means in a few words, or undefined for an unknown error. */
export function shortFault({ code }: NodeJS.ErrnoException): string | undefined {
  return code === undefined ? undefined : FAULTS[code]?.split('. ')[0]
}

/** Turns a known system error into a sentence. Returns any other error as it is. */
export function folderError(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  const fault = code === undefined ? undefined : FAULTS[code]
  if (code === undefined || fault === undefined) return error
  return new FolderError(path, code, fault, { cause: error })
}

/** Turns Postgres' message that it cannot start or go on into a sentence. */
export function engineFault(path: string, said: string): FolderError {
  if (/No space left on device|Disk quota exceeded/i.test(said)) {
    return new FolderError(path, 'ENOSPC', FULL)
  }
  const fault = `its database is damaged (${said}). Keep a copy of it, and restore a backup or ${ANOTHER}.`
  return new FolderError(path, 'DATABASE_DAMAGED', fault)
}

export const folderFaults = {
  inUse: (path: string, holder: string) =>
    new FolderError(
      path,
      'FOLDER_IN_USE',
      `it is in use by ${holder}. Stop that one first, or ${ANOTHER}.`,
    ),
  foreign: (path: string) =>
    new FolderError(
      path,
      'FOLDER_NOT_EMPTY',
      `it is not empty and holds no database. Empty it, or ${ANOTHER}.`,
    ),
  otherVersion: (path: string, found: string, needed: string) =>
    new FolderError(
      path,
      'OTHER_POSTGRES',
      `its database was made by Postgres ${found}, and this is Postgres ${needed}. Move the data with pg_dump of that version, or ${ANOTHER}.`,
    ),
  incomplete: (path: string, missing: string) => engineFault(path, `${missing} is missing`),
  noLockPackage: (path: string, options: ErrorOptions) =>
    new FolderError(
      path,
      'LOCK_UNAVAILABLE',
      'the package fs-native-extensions is not installed, and without its locks two services could destroy it. Install it (npm ci beside server.js), or set DATABASE_URL to a Postgres.',
      options,
    ),
  noLockOnPlatform: (path: string, platform: string, options: ErrorOptions) =>
    new FolderError(
      path,
      'LOCK_UNAVAILABLE',
      `files cannot be locked on this platform (${platform}), and without a lock two services could destroy it. Set DATABASE_URL to a Postgres instead.`,
      options,
    ),
}
