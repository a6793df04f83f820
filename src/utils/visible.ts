const ASCII = /^[ -~]*$/
/** Controls, direction overrides, zero-width and unassigned characters, halves of pairs, separators of lines. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Drops characters that nobody sees, or that change how the others are shown. */
export function visible(text: string): string {
  return ASCII.test(text) ? text : text.replaceAll(UNSEEN, '')
}
