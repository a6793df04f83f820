import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export type Check = { what: string; found: string; budget: string; ok: boolean }

const RESULTS = new URL('../RESULTS.md', import.meta.url)
const HEAD = `# Results

Each section is written by the run that it dates; [README.md](README.md) says what is measured and how.
`

/** Formats a Markdown table with aligned columns, numbers to the right. */
export function table(head: string[], rows: string[][]): string {
  const width = head.map((name, at) =>
    Math.max(3, name.length, ...rows.map((row) => (row[at] ?? '').length)),
  )
  const line = (cells: string[]) =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(width[at] ?? 0) : cell.padStart(width[at] ?? 0))).join(' | ')} |`
  const rule = width.map((columns, at) =>
    at === 0 ? '-'.repeat(columns) : `${'-'.repeat(columns - 1)}:`,
  )
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Formats the budgets as a table, each with its verdict. */
export function checkTable(checks: Check[]): string {
  const rows = checks.map(({ what, found, budget, ok }) => [
    what,
    found,
    budget,
    ok ? 'pass' : 'MISS',
  ])
  return table(['budget', 'found', 'asked', ''], rows)
}

/** Checks a ratio against a minimum or a maximum. */
export function ratioCheck(
  what: string,
  ratio: number,
  limit: { atLeast: number } | { atMost: number },
): Check {
  const found = `${ratio.toFixed(2)} ×`
  if ('atLeast' in limit) {
    return { what, found, budget: `≥ ${limit.atLeast.toFixed(2)} ×`, ok: ratio >= limit.atLeast }
  }
  return { what, found, budget: `≤ ${limit.atMost.toFixed(2)} ×`, ok: ratio <= limit.atMost }
}

/** Replaces a section of RESULTS.md. */
export function record(title: string, settings: string, text: string): void {
  const old = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : HEAD
  const [head = HEAD, ...sections] = old.split(/^(?=## )/m)
  const date = new Date().toISOString().slice(0, 10)
  const fresh = `## ${title}\n\n${date}. ${settings}\n\n${text}\n`
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`))
  if (at < 0) sections.push(fresh)
  else sections[at] = fresh
  const parts = [head, ...sections].map((part) => part.trimEnd())
  writeFileSync(RESULTS, `${parts.join('\n\n')}\n`)
}
