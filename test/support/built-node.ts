import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** What `npm ci` installs in the built folder: the native packages, and what they need. */
type Lock = { packages: Record<string, { optional?: boolean }> }

const run = promisify(execFile)

/** Builds the service, and copies the build to a place where Node finds no package of this repository. */
export async function buildElsewhere() {
  const place = await mkdtemp(join(tmpdir(), 'edge-auth-built-'))
  const folder = join(place, 'copied')
  const build = (...flags: string[]) =>
    run(process.execPath, ['tools/build-node.ts', '--out', join(place, 'built'), ...flags])
  await build()
  await cp(join(place, 'built'), folder, { recursive: true })
  return {
    place,
    folder,
    build,
    /** Puts the packages of the built lock beside the copy. */
    async installNative() {
      const lock = (await import(join(folder, 'package-lock.json'), { with: { type: 'json' } }))
        .default as Lock
      for (const [path, { optional }] of Object.entries(lock.packages)) {
        if (path === '') continue
        const to = join(folder, path)
        await mkdir(dirname(to), { recursive: true })
        await cp(path, to, { recursive: true }).catch((error: unknown) => {
          // The binaries of other platforms are not here.
          if (!optional) throw error
        })
      }
    },
    /** Runs a command of the copy in an empty folder; rejects with what it says if it fails. */
    command: (args: string[], env: Record<string, string>) =>
      run(process.execPath, args, { cwd: place, env: { PATH: process.env.PATH, ...env } }),
    remove: () => rm(place, { recursive: true }),
  }
}
