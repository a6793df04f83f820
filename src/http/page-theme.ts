import { bestOn, readableOn } from '../utils/colors.ts'

/** The surfaces that text in the accent's color stands on, each the one that is harder to read on. */
const SURFACE = { light: '#f5f7f9', dark: '#1c2229' } as const
const INK = { light: '#ffffff', dark: '#10151b' } as const

/** Returns the rules that put an accent's color in place of the page's own, made as dark or as light as it takes to be read. */
export function accentRules(accent: string | undefined): string {
  if (accent === undefined) return ''
  const light = readableOn(SURFACE.light, accent, '#000000')
  const dark = readableOn(SURFACE.dark, accent, '#ffffff')
  return `${rules(light)}
@media (prefers-color-scheme: dark) { ${rules(dark)} }
`
}

function rules(link: string): string {
  return `:root { --link: ${link}; --on-link: ${bestOn(link, INK.light, INK.dark)} }`
}
