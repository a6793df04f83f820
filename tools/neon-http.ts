import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'

const DRIVER = '@neondatabase/serverless'
const ENTRY = 'neon-http'
const PURE = '/* @__PURE__ */'

/** Replaces Node's Buffer, which the driver would bring along and uses only for `bytea`. */
const NO_BYTEA = `(class NoBytea {
  static from() {
    throw new TypeError('bytea is left out of the Worker; see tools/neon-http.ts')
  }
})`

/**
 * Returns the half of the installed Neon driver that speaks HTTP. The package is one file. Its other half, an unused
 * TCP client, is set up at every load, and so is its copy of Node's Buffer. Together they take a quarter of the
 * Worker's start.
 */
export async function neonHttp(): Promise<string> {
  const bundle = await rolldown({
    input: ENTRY,
    treeshake: { propertyReadSideEffects: false },
    transform: {
      define: { 'globalThis.Buffer': NO_BYTEA, 'globalThis.Buffer.allocUnsafe': '(() => {})' },
    },
    plugins: [
      {
        name: ENTRY,
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? `export { neon, neonConfig } from '${DRIVER}'` : null),
        transform: (code, id) => (id === ENTRY ? null : declareUnneeded(code)),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'es', minify: 'dce-only' })
  await bundle.close()
  return output[0].code
}

type Node = { type: string; start: number }
type Call = Node & { callee: Node; arguments: Node[] }

/**
 * Marks calls at the top level of the file as free of effects. These are the calls that initialise declarations, and
 * those with arguments, which only name functions. So the bundler drops unused values with everything that only they
 * need.
 */
function declareUnneeded(code: string): string {
  const { body } = parseAst(code)
  const calls = body.flatMap((statement): Node[] => {
    if (statement.type === 'VariableDeclaration') {
      return statement.declarations.flatMap(({ init }) => (init ? callsIn(init) : []))
    }
    if (statement.type !== 'ExpressionStatement') return []
    return callsIn(statement.expression).filter((call) => call.arguments.length > 0)
  })
  const starts = calls.map(({ start }) => start).toSorted((one, other) => other - one)
  return starts.reduce((text, at) => text.slice(0, at) + PURE + text.slice(at), code)
}

function callsIn(node: Node): Call[] {
  if (node.type !== 'CallExpression') return []
  const call = node as Call
  return [call, ...call.arguments.flatMap(callsIn)]
}
