import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectPglite } from '../../src/database/pglite.ts'
import { SECRET } from '../support/app.ts'
import { SERVER } from '../support/node-process.ts'

const place = mkdtempSync(join(tmpdir(), 'edge-auth-folder-'))
const whole = join(place, 'whole')
const isRoot = process.env.CI === 'true' || process.getuid?.() === 0
const opener = new URL('folder-opener.ts', import.meta.url).pathname

async function open(folder: string): Promise<unknown[]> {
  const { executor, close } = await connectPglite({ folder })
  const found = await executor.column('select 1')
  await close()
  return found
}

/** In a process of its own, e.g. with fewer rights. */
async function openApart(folder: string, prefix: string[] = []): Promise<string> {
  const [command = '', ...words] = [...prefix, process.execPath]
  const child = spawn(command, [...words, opener, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  child.stdin.end()
  const outcome = await text(child.stdout)
  await ended
  return outcome
}

/** Everything in a folder but what says who has it open. */
function fingerprint(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const hash = createHash('sha256')
  for (const name of names.filter((one) => !/^(edge-auth\.lock|postmaster\.pid)$/.test(one))) {
    hash.update(`${name}\0`)
    if (statSync(join(folder, name)).isFile()) hash.update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}

beforeAll(() => open(whole))
afterAll(() => rmSync(place, { recursive: true, force: true }))

describe('a folder that cannot be used', () => {
  const ruined: [string, string, RegExp, (folder: string) => void][] = [
    [
      'control file lost',
      'DATABASE_DAMAGED',
      /global\/pg_control is missing/,
      (folder) => rmSync(join(folder, 'global/pg_control')),
    ],
    [
      'control file emptied',
      'DATABASE_DAMAGED',
      /could not read file "global\/pg_control"/,
      (folder) => writeFileSync(join(folder, 'global/pg_control'), ''),
    ],
    [
      'control file overwritten',
      'DATABASE_DAMAGED',
      /is damaged \(/,
      (folder) => writeFileSync(join(folder, 'global/pg_control'), Buffer.alloc(8192, 7)),
    ],
    [
      'log lost',
      'DATABASE_DAMAGED',
      /could not locate a valid checkpoint record/,
      (folder) => {
        for (const name of readdirSync(join(folder, 'pg_wal'))) {
          if (name.length === 24) rmSync(join(folder, 'pg_wal', name))
        }
      },
    ],
    [
      'most of it lost',
      'DATABASE_DAMAGED',
      /base\/1 is missing/,
      (folder) => rmSync(join(folder, 'base'), { recursive: true }),
    ],
    [
      'another version',
      'OTHER_POSTGRES',
      /made by Postgres 17, and this is Postgres 18/,
      (folder) => writeFileSync(join(folder, 'PG_VERSION'), '17\n'),
    ],
    [
      'no version',
      'OTHER_POSTGRES',
      /made by Postgres of no version/,
      (folder) => writeFileSync(join(folder, 'PG_VERSION'), ''),
    ],
    [
      'something else in it',
      'FOLDER_NOT_EMPTY',
      /not empty and holds no database/,
      (folder) => {
        rmSync(folder, { recursive: true })
        mkdirSync(join(folder, '.new'), { recursive: true })
        writeFileSync(join(folder, '.new', 'mine'), 'kept')
      },
    ],
  ]

  it.for(ruined)('%s: says so and changes nothing', async ([name, code, sentence, ruin]) => {
    const folder = join(place, name.replaceAll(' ', '-'))
    cpSync(whole, folder, { recursive: true })
    ruin(folder)
    const before = fingerprint(folder)
    await expect(open(folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence),
    })
    expect(fingerprint(folder)).toBe(before)
    // Nothing is left locked: another try says the same.
    await expect(open(folder)).rejects.toMatchObject({ code })
    rmSync(folder, { recursive: true })
  })

  it('says what is wrong with the path', async () => {
    const file = join(place, 'file')
    writeFileSync(file, 'kept')
    symlinkSync('loop', join(place, 'loop'))
    symlinkSync(join(place, 'nowhere', 'at-all'), join(place, 'dangling'))
    mkdirSync(join(place, 'odd', 'PG_VERSION'), { recursive: true })
    const cases: [string, string, RegExp][] = [
      [file, 'ENOTDIR', /is a file and not a folder/],
      [join(file, 'below'), 'ENOTDIR', /is a file and not a folder/],
      [join(place, 'loop'), 'ELOOP', /in a circle/],
      [join(place, 'dangling'), 'EEXIST', /not a folder/],
      [join(place, 'x'.repeat(300)), 'ENAMETOOLONG', /too long/],
      [join(place, 'odd'), 'EISDIR', /a folder lies where one of its files should be/],
    ]
    for (const [path, code, sentence] of cases) {
      await expect(open(path)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(sentence),
      })
    }
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })

  it.skipIf(!isRoot)('says that rights or room are missing (needs root, to mount)', async () => {
    const disk = mkdtempSync(join(place, 'disk-'))
    const mount = (...words: string[]) => spawnSync('mount', words).status
    expect(mount('-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', disk)).toBe(0)
    try {
      expect(await openApart(join(disk, 'small'))).toMatch(/^ENOSPC: .* no room left on its disk/)
      expect(readdirSync(join(disk, 'small'))).toEqual(['edge-auth.lock'])
      mkdirSync(join(disk, 'others'))
      chmodSync(join(disk, 'others'), 0)
      const unprivileged = ['setpriv', '--inh-caps=-all', '--bounding-set=-all']
      expect(await openApart(join(disk, 'others'), unprivileged)).toMatch(
        /^EACCES: .* this user may not read and write it/,
      )
      expect(mount('-o', 'remount,ro', disk)).toBe(0)
      expect(await openApart(join(disk, 'new'))).toMatch(/^EROFS: .* read-only file system/)
      expect(await openApart(join(disk, 'small'))).toMatch(/^EROFS: .* read-only file system/)
    } finally {
      spawnSync('umount', [disk])
    }
  })

  it('ends the service with the sentence alone', () => {
    const folder = join(place, 'of-17')
    mkdirSync(folder)
    writeFileSync(join(folder, 'PG_VERSION'), '17\n')
    const { status, stderr } = spawnSync(process.execPath, [SERVER], {
      env: { JWT_SECRET_KEY: SECRET, DATA_FOLDER: folder },
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^The database folder \S+ cannot be used: its database was made by [^\n]*\n$/,
    )
  })
})

describe('the making of a database', () => {
  it('is possible in a new volume, and leaves it open to nobody else', async () => {
    const volume = join(place, 'volume')
    mkdirSync(join(volume, 'lost+found'), { recursive: true })
    chmodSync(volume, 0o755)
    await open(volume)
    expect(statSync(volume).mode & 0o777).toBe(0o700)
    chmodSync(volume, 0o755)
    await open(volume)
    expect(statSync(volume).mode & 0o777).toBe(0o700)
    expect(readdirSync(volume)).toEqual(expect.arrayContaining(['PG_VERSION', 'lost+found']))
    expect(readdirSync(volume).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it.for([0, 5, 23])(
    'goes on where it was interrupted with %i entries in their place',
    async (moved) => {
      const folder = join(place, `moved-${moved}`)
      cpSync(whole, join(folder, '.made'), { recursive: true })
      renameSync(join(folder, '.made', 'edge-auth.lock'), join(folder, 'edge-auth.lock'))
      const names = readdirSync(join(folder, '.made')).filter((name) => name !== 'PG_VERSION')
      for (const name of [...names, 'PG_VERSION'].slice(0, moved)) {
        renameSync(join(folder, '.made', name), join(folder, name))
      }
      expect(await open(folder)).toEqual([1])
      expect(readdirSync(folder).sort()).toEqual(readdirSync(whole).sort())
    },
  )

  it('leaves alone what lies beside the folder, whatever it is called', async () => {
    const folder = join(place, 'half')
    mkdirSync(`${folder}.new-12/base`, { recursive: true })
    await open(folder)
    expect(existsSync(`${folder}.new-12/base`)).toBe(true)
  })

  it('is done once by two that start at once', async () => {
    const folder = join(place, 'both')
    const outcomes = await Promise.all([openApart(folder), openApart(folder)])
    const told = outcomes.map((outcome) => outcome.split(':')[0])
    // One that comes when the other is through finds a database.
    expect(told).toContain('opened')
    expect(told.filter((one) => one !== 'opened' && one !== 'FOLDER_IN_USE')).toEqual([])
    expect(await open(folder)).toEqual([1])
  })

  it('may be killed at any moment', async () => {
    const folder = join(place, 'killed')
    const tries = 6
    let opened = 0
    for (let attempt = 0; attempt < tries; attempt++) {
      const child = spawn(process.execPath, [opener, folder], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const outcome = text(child.stdout)
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await Promise.race([outcome, sleep(600 + attempt * 700)])
      child.kill('SIGKILL')
      await ended
      if ((await outcome) === 'opened') {
        opened++
        rmSync(folder, { recursive: true })
      } else expect(await outcome).toBe('')
    }
    // So that the last ones were killed when they were through, and the first ones long before.
    expect(opened).toBeLessThan(tries)
    expect(await open(folder)).toEqual([1])
  })
})
