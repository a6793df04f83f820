const IMPORT = /^import [^;]+ from ["']([^"']+)["'];\n/gm
const REEXPORT = /^export (type )?\{([^}]*)\} from ["']([^"']+)["'];\n/gm
const EXPORTED = /^export (declare )?(type|interface|class|function|const) (\w+)/gm
const TYPES = new Set(['type', 'interface'])

/**
 * Puts the declarations of an entry, and of the modules it names, into one text without imports. The modules must lie in
 * one folder and rename nothing; what they declare stays private unless the entry exports it. Anything else throws.
 */
export function flattenDeclarations(entry: string, read: (path: string) => string): string {
  const exported = new Set<string>()
  const bodies = new Map<string, string>()

  function visit(specifier: string): void {
    if (bodies.has(specifier)) return
    bodies.set(specifier, '')
    const text = read(specifier.replace(/\.ts$/, '.d.ts'))
    if (specifier === entry) for (const name of exportsOf(text)) exported.add(name)
    const named = [...text.matchAll(IMPORT), ...text.matchAll(REEXPORT)]
    for (const match of named) visit(match.at(-1) ?? '')
    const body = text
      .replace(IMPORT, '')
      .replace(REEXPORT, '')
      .replace(/^export \{\};\n/gm, '')
      .replace(EXPORTED, '$1$2 $3')
    bodies.set(specifier, body)
  }

  visit(entry)
  const declarations = [...bodies.values()].join('')
  const foreign = /^(import|export)\b.*|\bimport\(.*|^\/\/\/.*/m.exec(declarations)
  if (foreign) throw new Error(`Cannot be flattened: ${foreign[0]}`)
  return `${declarations}export { ${[...exported].toSorted().join(', ')} };\n`
}

function exportsOf(text: string): string[] {
  const own = [...text.matchAll(EXPORTED)].map(([, , kind = '', name = '']) =>
    TYPES.has(kind) ? `type ${name}` : name,
  )
  const others = [...text.matchAll(REEXPORT)].flatMap(([, type = '', names = '']) =>
    names.split(',').flatMap((name) => (name.trim() ? [`${type}${name.trim()}`] : [])),
  )
  const renamed = [...own, ...others].find((name) => / as |\*/.test(name))
  if (renamed) throw new Error(`Cannot be flattened: ${renamed}`)
  return [...own, ...others]
}
