/** A name that nobody else in the run has; all files share one database on Workers. */
export function uniqueName(prefix = 'u'): string {
  return `${prefix}${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
}

/** One SQL literal; tests reach around the API by plain text statements. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
