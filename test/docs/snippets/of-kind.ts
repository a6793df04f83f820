import { BLOCKS, type Block } from './blocks.ts'
import { type Kind, kindOf } from './kinds.ts'

/** All blocks of a kind, in the order of the pages. There is one at least, or its test would hold nothing. */
export function blocksOfKind(kind: Kind): readonly Block[] {
  const blocks = BLOCKS.filter((block) => kindOf(block) === kind)
  if (blocks.length === 0) throw new Error(`no page has a block of the kind "${kind}"`)
  return blocks
}
