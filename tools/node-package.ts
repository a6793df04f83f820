import { readFileSync } from 'node:fs'

type Manifest = Record<'dependencies' | 'imports' | 'scripts', Record<string, string>> &
  Record<'name' | 'version' | 'license', string>
type Locked = { dependencies?: Names; optionalDependencies?: Names; dev?: boolean }
type Names = Record<string, string>

/** Packages with a binary for each platform. Nothing else has to be installed beside the bundle. */
export const NATIVE = ['@node-rs/argon2', 'fs-native-extensions']

/** The Node versions that can run the bundle; tools/require-node.cjs refuses others in words. */
const ENGINES = { node: '>=22.18' }

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

/**
 * Returns package.json and package-lock.json of the bundle: the native packages, at this repository's versions, and a
 * script for each of these commands.
 */
export function nodePackage(commands: Names): Record<string, object> {
  const { name, version, license, dependencies, scripts } = JSON.parse(
    read('package.json'),
  ) as Manifest
  const native = Object.fromEntries(NATIVE.map((one) => [one, dependencies[one] ?? '']))
  const main = { name, version, license, dependencies: native, engines: ENGINES }
  return {
    'package.json': {
      ...main,
      private: true,
      type: 'module',
      imports: {
        '#docs/*': './docs/*',
        '#migrations/*': './migrations/*',
        '#passwords/*': './lib/*',
        '#pglite/*': './lib/*',
      },
      // The names under which the service's own messages send people to them.
      scripts: {
        start: scripts.start?.replace('dist/node/', ''),
        ...Object.fromEntries(
          Object.entries(commands).map(([script, one]) => [script, `node ${one}.js`]),
        ),
      },
    },
    'package-lock.json': {
      ...{ name, version, lockfileVersion: 3, requires: true },
      packages: { '': main, ...lockedFor(NATIVE) },
    },
  }
}

/** The entries of the lock that these packages need. None of them has two versions, so that each is at the top. */
function lockedFor(names: string[]): Record<string, Locked> {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
  const found: Record<string, Locked> = {}
  const add = (name: string) => {
    const path = `node_modules/${name}`
    const locked = packages[path]
    if (!locked || path in found) return
    found[path] = locked
    const { dependencies, optionalDependencies } = locked
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) add(next)
  }
  names.forEach(add)
  return found
}
