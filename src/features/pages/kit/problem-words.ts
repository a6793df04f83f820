import type { Visit } from './visit.ts'

type Speaker = Pick<Visit, 'words' | 'config'>

/** Says why a field was refused: in words of its own, if there are any for it, else in those of the reason. */
export function fieldWords({ words, config }: Speaker, field: string, code: string): string {
  const { refusals } = words.common
  const said = wordOf(refusals, `${field}.${code}`) ?? wordOf(refusals, code) ?? refusals.invalid
  return said.replaceAll('{min}', String(config.passwords.minCharacters))
}

/** Says why a form did nothing. */
export function problemWords(
  { words, config }: Speaker,
  code: string,
  errors: readonly { pointer: string }[] = [],
): string {
  const { problems } = words.common
  const isHumanWanted = errors.some(({ pointer }) => pointer === '/turnstile_token')
  const said = isHumanWanted
    ? problems.human_wanted
    : (wordOf(problems, code) ?? problems.internal_error)
  return said.replaceAll('{name}', () => config.projectName)
}

function wordOf(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
