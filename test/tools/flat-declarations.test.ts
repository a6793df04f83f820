import { describe, expect, it } from 'vitest'
import { flattenDeclarations } from '../../tools/flat-declarations.ts'

const flatten = (modules: Record<string, string>) =>
  flattenDeclarations('./index.ts', (path) => modules[path] ?? '')

describe('flattening declarations', () => {
  it('puts all into one text, and exports what the entry exports', () => {
    const text = flatten({
      './index.d.ts': `import type { Inner } from './inner.ts';
export { Failure, type Detail } from './failure.ts';
export type { Outer } from './inner.ts';
export declare function make(inner: Inner): void;
`,
      './inner.d.ts': `export type Inner = string;\nexport type Outer = {\n    inner: Inner;\n};\n`,
      './failure.d.ts': `import type { Inner } from './inner.ts';
export declare class Failure extends Error {
    inner: Inner;
}
export type Detail = 1;
`,
    })
    expect(text).not.toMatch(/import|from/)
    expect(text.match(/type Inner/g)).toHaveLength(1)
    expect(text).toContain('\ndeclare class Failure extends Error {\n    inner: Inner;\n}\n')
    expect(text).toMatch(/\nexport \{ Failure, make, type Detail, type Outer \};\n$/)
  })

  it.each([
    ['a renamed export', `export { a as b } from './inner.ts';\n`],
    ['an export of everything', `export * from './inner.ts';\n`],
    ['an import in a type', `export type A = import('zod').ZodType;\n`],
    ['a reference', `/// <reference types="node" />\nexport type A = 1;\n`],
    ['a default export', 'export default 1;\n'],
  ])('refuses %s', (_, text) => {
    expect(() => flatten({ './index.d.ts': text })).toThrow('Cannot be flattened')
  })
})
