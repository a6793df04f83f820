import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BLOCKS, nameOf } from './blocks.ts'
import { kindOf } from './kinds.ts'
import { reasonOf, staleEntries, testOf } from './lists.ts'

describe('the blocks of code in the docs', () => {
  it('are found, and each is run or listed with why it is not', () => {
    expect(BLOCKS.length).toBeGreaterThan(80)
    expect(BLOCKS.filter((block) => kindOf(block) === undefined).map(nameOf)).toEqual([])
  })

  it('are all found: no fence is left over', () => {
    const fences = new Map<string, number>()
    for (const { file } of BLOCKS) fences.set(file, (fences.get(file) ?? 0) + 2)
    for (const [file, count] of fences) {
      const lines = readFileSync(file, 'utf8').match(/^ *```/gm) ?? []
      expect([file, lines.length]).toEqual([file, count])
    }
  })

  it('are listed only while they are there', () => {
    expect(staleEntries(BLOCKS)).toEqual([])
  })

  it('that another test runs have their page named there', () => {
    for (const block of BLOCKS) {
      const test = testOf(block)
      if (test === undefined) continue
      expect([block.file, test, readFileSync(test, 'utf8').includes(block.file)]).toEqual([
        ...[block.file, test, true],
      ])
    }
  })

  it('that are not run are the fewest, and bash can read them', () => {
    const listed = BLOCKS.filter((block) => reasonOf(block) !== undefined)
    expect(listed.length).toBeLessThan(BLOCKS.length / 6)
    for (const block of BLOCKS.filter(({ language }) => language === 'bash')) {
      const readable = () => execFileSync('bash', ['-n'], { input: block.code, stdio: 'pipe' })
      expect(readable, nameOf(block)).not.toThrow()
    }
  })
})
