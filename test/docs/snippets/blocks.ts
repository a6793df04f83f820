import { globSync, readFileSync } from 'node:fs'

/** A fenced block of a page. */
export type Block = {
  file: string
  line: number
  language: string
  /** Without the indentation of a list that it stands in. */
  code: string
  /** Its first line that says something: what lists call it by. */
  first: string
}

const PAGES = '{,client/,docs/,docs/guides/,argon2/,bench/,examples/,examples/*/}*.md'
const FENCED = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm

/** Every fenced block of every page, in the order of the pages. */
export const BLOCKS: readonly Block[] = globSync(PAGES)
  .sort()
  .flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    return Array.from(text.matchAll(FENCED), ({ index, 1: indent = '', 2: language, 3: body }) => {
      const code = (body ?? '').replaceAll(new RegExp(`^${indent}`, 'gm'), '')
      return {
        ...{ file, language: language ?? '', code },
        line: text.slice(0, index).split('\n').length,
        first: code.split('\n').find((line) => line.trim() !== '') ?? '',
      }
    })
  })

/** How a block is named where a test fails. */
export const nameOf = ({ file, line, language }: Block) => `${file}:${line} (${language})`
