import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** One instruction of a Dockerfile: `COPY`, and what follows it without its flags, which stand in `flags`. */
export type Instruction = { name: string; flags: Record<string, string>; rest: string }
type Stage = { name: string; from: string; instructions: Instruction[] }

const FLAG = /^--(\w+)=(\S+)\s+/

function instructionOf(line: string): Instruction {
  const [, name = '', ...others] = /^(\w+)\s+(.*)$/.exec(line) ?? []
  let rest = others.join('')
  const flags: Record<string, string> = {}
  for (let found = FLAG.exec(rest); found; found = FLAG.exec(rest)) {
    flags[found[1] ?? ''] = found[2] ?? ''
    rest = rest.slice(found[0].length)
  }
  return { name, flags, rest }
}

/** Reads a Dockerfile: the arguments before the first stage, and the stages. */
export function readDockerfile(path: string): { args: Record<string, string>; stages: Stage[] } {
  const lines = readFileSync(path, 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const args: Record<string, string> = {}
  const stages: Stage[] = []
  for (const instruction of lines.map(instructionOf)) {
    const stage = stages.at(-1)
    if (instruction.name === 'FROM') {
      const [from = '', , name = ''] = instruction.rest.split(' ')
      stages.push({ name, from, instructions: [] })
    } else if (stage) stage.instructions.push(instruction)
    else {
      const [name = '', value = ''] = instruction.rest.split(/=(.*)/)
      args[name] = value
    }
  }
  return { args, stages }
}

/** As Go matches: a star stands for hidden names, too. */
function patternOf(glob: string): RegExp {
  const parts = glob.split(/(\*\*\/|\*)/).map((part) => {
    if (part === '**/') return '(?:.*/)?'
    return part === '*' ? '[^/]*' : part.replace(/[.?+()[\]{}^$|\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`)
}

/** Returns whether a path gets to the builder: the last line that speaks of it, or of a folder above it, decides. */
export function dockerIgnore(path: string): (file: string) => boolean {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  const speaks = (pattern: string, file: string): boolean =>
    patternOf(pattern).test(file) || (file.includes('/') && speaks(pattern, dirname(file)))
  return (file) =>
    lines.reduce((passes, line) => {
      const pattern = line.replace(/^!/, '')
      return speaks(pattern, file) ? line.startsWith('!') : passes
    }, true)
}
