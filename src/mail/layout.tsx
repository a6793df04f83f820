import type { Content } from './content.ts'
import { Action, Code, Facts, Say, Table } from './parts.tsx'
import { STYLE_SHEET, STYLES, WIDTH } from './styles.ts'
import type { Phrase } from './words.ts'

/** A mail as HTML. It loads nothing from elsewhere, and is readable without its style sheet. */
export async function htmlOf(content: Content): Promise<string> {
  return `<!doctype html>\n${await (<Layout content={content} />).toString()}\n`
}

function Layout({ content }: { content: Content }) {
  const { language, subject, paragraphs } = content
  return (
    <html lang={language} dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <meta
          name="format-detection"
          content="telephone=no, date=no, address=no, email=no, url=no"
        />
        <title>{subject}</title>
        <style>{STYLE_SHEET}</style>
      </head>
      <body class="page" style={STYLES.page}>
        {/* What a list of mails shows behind the subject. */}
        <div style={STYLES.hidden}>
          <Say phrase={paragraphs[0] ?? []} />
        </div>
        <Table class="page" width="100%" style={STYLES.page}>
          <tr>
            <td align="center" style={STYLES.around}>
              <Column content={content} />
            </td>
          </tr>
        </Table>
      </body>
    </html>
  )
}

function Column({ content }: { content: Content }) {
  const { project, greeting, paragraphs, action, code, facts, note, footer } = content
  return (
    <Table width={WIDTH} style={STYLES.column}>
      <tr>
        <td align="left" class="text" style={STYLES.name}>
          {project}
        </td>
      </tr>
      <tr>
        <td align="left" class="card" style={STYLES.card}>
          {[greeting, ...paragraphs].map((phrase) => (
            <Paragraph phrase={phrase} />
          ))}
          {action && <Action action={action} />}
          {code && <Code code={code} />}
          <Facts facts={facts} />
          <p class="dim" style={STYLES.note}>
            <Say phrase={note} />
          </p>
        </td>
      </tr>
      <tr>
        <td align="left" class="dim" style={STYLES.footer}>
          {footer}
        </td>
      </tr>
    </Table>
  )
}

function Paragraph({ phrase }: { phrase: Phrase }) {
  return (
    <p class="text" style={STYLES.paragraph}>
      <Say phrase={phrase} />
    </p>
  )
}
