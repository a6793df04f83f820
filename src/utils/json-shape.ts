/** In which of its bounds a text of JSON does not stay. */
export type ShapeFault = 'levels' | 'members'

const [QUOTE, BACKSLASH, COMMA] = ['"', '\\', ','].map((character) => character.charCodeAt(0))
const OPENING = new Set(['{', '['].map((character) => character.charCodeAt(0)))
const CLOSING = new Set(['}', ']'].map((character) => character.charCodeAt(0)))

/**
 * Returns the first bound that a text of JSON exceeds: how deep it nests, and how many members one object or array has. It
 * looks at each character once and parses nothing, so that no parser meets a text of a hostile shape. Of a text that is not
 * JSON it may say either.
 */
export function shapeFault(
  text: string,
  most: { levels: number; members: number },
): ShapeFault | undefined {
  /** The commas of each object or array that is open. */
  const commas: number[] = []
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (isInString) {
      if (character === BACKSLASH) at++
      else if (character === QUOTE) isInString = false
    } else if (character === QUOTE) {
      isInString = true
    } else if (character === COMMA) {
      const count = (commas.pop() ?? 0) + 1
      if (count >= most.members) return 'members'
      commas.push(count)
    } else if (OPENING.has(character)) {
      if (commas.push(0) > most.levels) return 'levels'
    } else if (CLOSING.has(character)) {
      commas.pop()
    }
  }
  return undefined
}
