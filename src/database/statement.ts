import type { Database } from './index.ts'

type Build = (db: Database) => unknown

const builders: Build[] = []

/** Builds a statement once for each database and keeps it, so that a request pays neither for building nor for planning it. */
export function statement<Prepared>(build: (db: Database) => Prepared): (db: Database) => Prepared {
  const built = new WeakMap<Database, Prepared>()
  builders.push(build)
  return (db) => {
    const known = built.get(db)
    if (known !== undefined) return known
    const fresh = build(db)
    built.set(db, fresh)
    return fresh
  }
}

/** Everything that is declared by `statement` in the modules that are loaded, built anew; for what must hold of all. */
export function everyStatement(db: Database): unknown[] {
  return builders.map((build) => build(db))
}
