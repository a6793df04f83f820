import type { Database } from './index.ts'

/** Builds a statement once for each database and keeps it, so that a request pays neither for building nor for planning it. */
export function statement<Prepared>(build: (db: Database) => Prepared): (db: Database) => Prepared {
  const built = new WeakMap<Database, Prepared>()
  return (db) => {
    const known = built.get(db)
    if (known !== undefined) return known
    const fresh = build(db)
    built.set(db, fresh)
    return fresh
  }
}
