import { parseArgs } from 'node:util'
import { ALGORITHMS, type Algorithm, isSymmetric } from '../src/core/tokens/algorithms.ts'
import { allKeys, type KeySet, KeySetSchema, publicJwk } from '../src/core/tokens/jwk.ts'
import { keySetFromSecret } from '../src/core/tokens/key-rings.ts'
import { isKeySetFile, readKeyFile, writeKeyFile } from './key-file.ts'
import { newKeySet, rotated } from './key-set.ts'

/** Cloudflare accepts no longer variable or secret. */
const MAX_WORKERS_BYTES = 5120

const HELP = `Makes, rotates and shows the keys that tokens are signed with.

  npm run keys -- new ALGORITHM     a new key set: ${Object.keys(ALGORITHMS).join(', ')}
  npm run keys -- rotate            the next key signs, the current one only verifies, a new next one is published
  npm run keys -- show              which keys there are, and the public halves

  --file FILE       the env file to read and write (.env), or a .json file for the key set alone
  --drop-previous   rotate: forget the keys that were retired before; their tokens stop working
  --replace         new: replace the keys that are there; everybody is logged out
  --stdout          print the private JWT_KEYS, to hand it on to a secret store

The key set is JWT_KEYS in the file, with JWT_ALGORITHM beside it. Private keys are never printed without --stdout.`

const OPTIONS = {
  file: { type: 'string', default: '.env' },
  'drop-previous': { type: 'boolean', default: false },
  replace: { type: 'boolean', default: false },
  stdout: { type: 'boolean', default: false },
} as const

type Stored = { algorithm: Algorithm; set: KeySet | undefined; isSecret: boolean }

/** Runs one command. Returns the text for people as `said`, and the private key set as `value` if requested. */
export async function keys(args: string[]): Promise<{ said: string; value?: string }> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const [command, algorithm] = positionals
  if (command === undefined) return { said: HELP }
  const { file } = values
  const stored = await read(file)
  const { set, said } = steps(command, algorithm, stored, values)
  if (command !== 'show') {
    writeKeyFile(file, set)
  }
  return { said, ...(values.stdout && { value: JSON.stringify(set) }) }
}

function steps(
  command: string,
  algorithm: string | undefined,
  stored: Stored,
  values: { file: string; replace: boolean; 'drop-previous': boolean },
): { set: KeySet; said: string } {
  const { file } = values
  if (command === 'new') {
    if (!isAlgorithm(algorithm))
      throw new Error(`name one of ${Object.keys(ALGORITHMS).join(', ')}`)
    if (stored.set && !values.replace) {
      throw new Error(`${file} has keys already. Use rotate, or --replace to log everybody out`)
    }
    const set = newKeySet(algorithm)
    return {
      set,
      said: [`New keys are in ${file}.`, list(set), deployment(set, file)].join('\n\n'),
    }
  }
  if (command !== 'show' && command !== 'rotate') {
    throw new Error(`there is no command "${command}"; see npm run keys`)
  }
  if (!stored.set) throw new Error(`${file} has no keys; make them with: npm run keys -- new ES256`)
  if (command === 'show') return { set: stored.set, said: shown(stored.set) }
  const set = rotated(stored.set, { dropPrevious: values['drop-previous'] })
  const { length } = JSON.stringify(set)
  return {
    set,
    said: [
      stored.set.next
        ? `The keys in ${file} were rotated; nobody is logged out.`
        : `A next key was added in ${file}; it signs from the next rotation on.`,
      list(set),
      ...(stored.isSecret
        ? ['JWT_KEYS now holds JWT_SECRET_KEY too, and is used instead of it.']
        : []),
      ...(length > MAX_WORKERS_BYTES
        ? [`JWT_KEYS has ${length} bytes; Workers take ${MAX_WORKERS_BYTES}. Add --drop-previous.`]
        : []),
      deployment(set, file),
    ].join('\n\n'),
  }
}

async function read(file: string): Promise<Stored> {
  const { algorithm = 'HS256', keys: stored, secret } = readKeyFile(file)
  if (!isAlgorithm(algorithm)) throw new Error(`${file}: JWT_ALGORITHM is not one of ours`)
  if (stored) {
    const parsed = KeySetSchema().safeParse(jsonOf(stored))
    if (!parsed.success) throw new Error(`${file}: JWT_KEYS is not a key set`)
    return { algorithm, set: parsed.data, isSecret: false }
  }
  if (!secret || !isSymmetric(algorithm)) {
    return { algorithm, set: undefined, isSecret: false }
  }
  const set = await keySetFromSecret({ algorithm, secretKey: secret })
  return { algorithm, set, isSecret: true }
}

function list(set: KeySet): string {
  const line = (role: string, kid: string) => `  ${role.padEnd(9)} ${kid}`
  return [
    line('current', `${set.current.kid}  signs (${set.current.alg})`),
    ...(set.next
      ? [line('next', `${set.next.kid}  published, signs after the next rotation`)]
      : []),
    ...set.previous.map(({ kid }) => line('previous', `${kid}  verifies only`)),
  ].join('\n')
}

function shown(set: KeySet): string {
  const published = allKeys(set)
    .map(publicJwk)
    .filter((key) => key !== undefined)
  if (published.length === 0) return `${list(set)}\n\nShared secrets have no public half.`
  return `${list(set)}\n\n${JSON.stringify({ keys: published }, null, 2)}`
}

function deployment(set: KeySet, file: string): string {
  const where = file === '.env' ? '' : ` --file ${file}`
  const put = isKeySetFile(file)
    ? `npx wrangler secret put JWT_KEYS < ${file}`
    : `npm run -s keys -- show${where} --stdout | npx wrangler secret put JWT_KEYS`
  return `Node: restart the service with the new JWT_KEYS.
Workers: ${put}
         and set JWT_ALGORITHM = "${set.current.alg}" under [vars] in wrangler.toml.

Rotate again 10 minutes after every instance has it, or later: verifiers keep the public keys that long.
Drop previous keys when REFRESH_TOKEN_EXPIRE_MINUTES have passed since they last signed.
Keep ${file} safe: no secret store gives the keys back.`
}

function isAlgorithm(name: string | undefined): name is Algorithm {
  return name !== undefined && Object.hasOwn(ALGORITHMS, name)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
