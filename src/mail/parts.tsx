import type { Child } from 'hono/jsx'
import type { Content } from './content.ts'
import { STYLES } from './styles.ts'
import type { Phrase } from './words.ts'

type TableProps = {
  width?: string | number
  class?: string
  style?: string
  children: Child
}

/** A table that only places things. Outlook knows no other layout. */
export function Table({ children, ...attributes }: TableProps) {
  return (
    <table role="presentation" border={0} cellpadding="0" cellspacing="0" {...attributes}>
      <tbody>{children}</tbody>
    </table>
  )
}

/** Words, with what people chose set off. */
export function Say({ phrase }: { phrase: Phrase }) {
  return (
    <>{phrase.map((part) => (typeof part === 'string' ? part : <Chosen value={part.chosen} />))}</>
  )
}

/**
 * What somebody chose. A username may look like a domain, and mail clients make links of those; a tag at each dot keeps
 * most from it, and is not copied along as an invisible character would be.
 */
function Chosen({ value }: { value: string }) {
  const [first, ...others] = value.split('.')
  return (
    <strong>
      {first}
      {others.map((part) => (
        <>
          <span>.</span>
          {part}
        </>
      ))}
    </strong>
  )
}

/** The button, and its link for whom the button does not work. */
export function Action({ action }: { action: NonNullable<Content['action']> }) {
  const { label, url, onlyOnce, withoutButton } = action
  return (
    <>
      <Table style={STYLES.buttonTable}>
        <tr>
          <td class="button-cell" style={STYLES.buttonCell}>
            <a class="button" href={url} style={STYLES.button}>
              {label}
            </a>
          </td>
        </tr>
      </Table>
      <p class="dim" style={STYLES.small}>
        {onlyOnce} {withoutButton}
        <br />
        <a class="link" href={url} style={STYLES.link}>
          {url}
        </a>
      </p>
    </>
  )
}

/** A code, large enough to be read on one device and typed on another. */
export function Code({ code }: { code: NonNullable<Content['code']> }) {
  return (
    <>
      <p class="text" style={STYLES.code}>
        {code.digits}
      </p>
      <p class="dim" style={STYLES.small}>
        {code.onlyOnce}
      </p>
    </>
  )
}

/** Who did what the mail tells of, and when. */
export function Facts({ facts }: Pick<Content, 'facts'>) {
  return (
    <Table class="rule" style={STYLES.facts}>
      {facts.map(({ name, value }) => (
        <tr>
          <td class="dim" valign="top" style={STYLES.factName}>
            {name}
          </td>
          <td class="text" valign="top" style={STYLES.fact}>
            {value}
          </td>
        </tr>
      ))}
    </Table>
  )
}
