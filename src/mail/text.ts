import type { Content } from './content.ts'
import { plain } from './words.ts'

/** Short enough to be quoted in a reply (RFC 3676 section 4.2). */
const MAX_COLUMNS = 72

/** A mail as plain text, for people and programs that show no HTML. */
export function textOf(content: Content): string {
  const { greeting, paragraphs, action, code, facts, note, project, footer } = content
  const blocks = [
    plain(greeting),
    ...paragraphs.map(plain),
    // A link that is broken over lines works in few programs.
    action && `${action.label}:\n${action.url}`,
    action?.onlyOnce,
    code?.digits,
    code?.onlyOnce,
    facts.map(({ name, value }) => `${name}: ${value}`).join('\n'),
    plain(note),
    // What follows two dashes and a space is a signature.
    `-- \n${project}\n${footer}`,
  ]
  const said = blocks.filter((block) => block !== undefined)
  return `${said.map(wrapped).join('\n\n')}\n`
}

/** Breaks lines between words. A word that is too long stays whole. */
function wrapped(text: string): string {
  return text.split('\n').flatMap(linesOf).join('\n')
}

function linesOf(line: string): string[] {
  if (line.length <= MAX_COLUMNS) return [line]
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (longer.length > MAX_COLUMNS && current !== '') {
      lines.push(current)
      current = word
    } else current = longer
  }
  return [...lines, current]
}
