import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** A file, an import that it may have, and imports that it may not. */
type Kind = { file: string; allowed: string; refused: string[] }

const RUNTIMES = ['node:fs', 'cloudflare:workers', '@neondatabase/serverless']

const KINDS: Kind[] = [
  {
    file: 'src/features/index.ts',
    allowed: './auth/login/router.ts',
    refused: ['./auth/login/service.ts', '../core/sessions/open.ts', ...RUNTIMES],
  },
  {
    file: 'src/features/auth/planted/router.ts',
    allowed: './service.ts',
    refused: [
      './repository.ts',
      '../login/service.ts',
      '../../account/me/router.ts',
      '../../../core/sessions/steps.ts',
      '../../../core/factors/proofs.ts',
      '../../../core/audit/state-change.ts',
      '@hono/node-server',
      'drizzle-orm',
      '../../../models/index.ts',
      '../../../database/index.ts',
      '../../../adapters/logger.ts',
      '../../../config/index.ts',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/features/auth/planted/schemas.ts',
    allowed: '../../../http/fields.ts',
    refused: ['./repository.ts', '../login/schemas.ts', '../../../deps.ts', 'drizzle-orm'],
  },
  {
    file: 'src/features/pages/words-xx.ts',
    allowed: './words.ts',
    refused: ['./links/page.ts', '../../core/outbox/claim.ts', '../../http/page.ts', ...RUNTIMES],
  },
  {
    file: 'src/features/pages/planted/page.ts',
    allowed: '../words.ts',
    refused: ['../links/page.ts', '../../../core/outbox/claim.ts', 'hono'],
  },
  ...['src/features/pages/kit/planted.ts', 'src/features/pages/kit/planted.tsx'].map((file) => ({
    file,
    allowed: '../../../middleware/language.ts',
    refused: [
      '../entry/login.tsx',
      '../../auth/login/service.ts',
      '../../../core/sessions/open.ts',
      '../../../models/index.ts',
      '../../../adapters/logger.ts',
      'drizzle-orm',
      ...RUNTIMES,
    ],
  })),
  ...['src/features/pages/entry/planted.tsx', 'src/features/pages/account/planted.tsx'].map(
    (file) => ({
      file,
      allowed: '../kit/parts.tsx',
      refused: [
        '../../auth/login/service.ts',
        '../../../core/sessions/open.ts',
        '../../../middleware/caller.ts',
        '../../../deps.ts',
        'drizzle-orm',
        'hono',
        ...RUNTIMES,
      ],
    }),
  ),
  {
    file: 'src/features/pages/hosted/router.ts',
    allowed: '../kit/paths.ts',
    refused: [
      '../kit/parts.tsx',
      '../entry/login.tsx',
      '../../../core/sessions/open.ts',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/features/auth/planted/service.ts',
    allowed: '../../../core/sessions/open.ts',
    refused: [
      'hono',
      '@hono/zod-openapi',
      'drizzle-orm',
      './router.ts',
      './schemas.ts',
      '../login/service.ts',
      '../../../core/sessions/predicates.ts',
      '../../../http/problem.ts',
      '../../../middleware/guards.ts',
      '../../../models/index.ts',
      '../../../database/statement.ts',
      '../../../adapters/logger.ts',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/features/auth/planted/repository.ts',
    allowed: '../../../core/sessions/steps.ts',
    refused: [
      'hono',
      './service.ts',
      '../login/repository.ts',
      '../../../errors.ts',
      '../../../deps.ts',
      '../../../core/sessions/open.ts',
      '../../../http/problem.ts',
      '../../../database/neon.ts',
      '../../../database/tcp/pool.ts',
      'drizzle-orm/node-postgres',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/core/planted.ts',
    allowed: './sessions/end.ts',
    refused: ['../deps.ts', '../features/index.ts', 'hono', 'drizzle-orm', ...RUNTIMES],
  },
  {
    file: 'src/core/planted/planted.ts',
    allowed: '../sessions/open.ts',
    refused: [
      'hono',
      '@hono/zod-openapi',
      '../../deps.ts',
      '../../app.ts',
      '../../config/index.ts',
      '../../http/problem.ts',
      '../../middleware/guards.ts',
      '../../features/auth/login/service.ts',
      '../../adapters/logger.ts',
      '../../database/connect.ts',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/core/federation/protocol/planted.ts',
    allowed: 'oauth4webapi',
    refused: [
      'drizzle-orm',
      'zod',
      '../../accounts/create-steps.ts',
      '../../../database/index.ts',
      '../../../models/index.ts',
      '../../../adapters/outbound.ts',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/core/planted/steps.ts',
    allowed: '../sessions/predicates.ts',
    refused: ['../../errors.ts', '../deps.ts', '../sessions/open.ts', ...RUNTIMES],
  },
  {
    file: 'src/core/planted/predicates.ts',
    allowed: '../../models/index.ts',
    refused: ['../../errors.ts', '../sessions/open.ts'],
  },
  {
    file: 'src/middleware/planted.ts',
    allowed: '../core/tokens/verify.ts',
    refused: [
      '../features/auth/login/service.ts',
      '../database/index.ts',
      '../models/index.ts',
      '../adapters/logger.ts',
      'drizzle-orm',
      ...RUNTIMES,
    ],
  },
  {
    file: 'src/http/planted.ts',
    allowed: '../core/tokens/tokens.ts',
    refused: [
      '../features/auth/login/service.ts',
      '../middleware/guards.ts',
      '../models/index.ts',
      '../config/index.ts',
      '../adapters/logger.ts',
      'drizzle-orm',
      ...RUNTIMES,
    ],
  },
  ...['src/mail/planted.ts', 'src/mail/planted.tsx'].map((file) => ({
    file,
    allowed: file.endsWith('x') ? 'hono/jsx' : '../core/outbox/mails.ts',
    refused: [
      'hono',
      'hono/html',
      'drizzle-orm',
      '../core/sessions/steps.ts',
      '../core/sessions/predicates.ts',
      '../core/deps.ts',
      '../config/index.ts',
      '../http/problem.ts',
      '../features/auth/signup/service.ts',
      '../middleware/guards.ts',
      '../models/index.ts',
      '../database/index.ts',
      '../adapters/logger.ts',
      '../deps.ts',
      '../errors.ts',
      ...RUNTIMES,
    ],
  })),
  {
    file: 'src/config/planted.ts',
    allowed: '../core/tokens/settings.ts',
    refused: ['../deps.ts', '../http/fields.ts', '../database/index.ts', 'hono', ...RUNTIMES],
  },
  {
    file: 'src/database/planted.ts',
    allowed: '../models/index.ts',
    refused: ['../core/deps.ts', '../config/index.ts', '../deps.ts', '../errors.ts', 'hono'],
  },
  {
    file: 'src/database/tcp/planted.ts',
    allowed: '../errors.ts',
    refused: ['../../core/deps.ts', '../../config/index.ts', '../../errors.ts', 'hono/factory'],
  },
  {
    file: 'src/models/planted.ts',
    allowed: 'drizzle-orm/pg-core',
    refused: ['../utils/uuid.ts', '../database/index.ts', 'hono', ...RUNTIMES],
  },
  {
    file: 'src/utils/planted.ts',
    allowed: './base64.ts',
    refused: ['../errors.ts', '../models/index.ts', 'hono', 'drizzle-orm', ...RUNTIMES],
  },
  {
    file: 'src/adapters/planted.ts',
    allowed: 'node:fs',
    refused: ['../features/auth/login/service.ts', '../app.ts', '../node.ts', 'drizzle-orm'],
  },
  {
    file: 'src/app.ts',
    allowed: './features/index.ts',
    refused: ['./adapters/logger.ts', './features/auth/login/service.ts', 'pg', ...RUNTIMES],
  },
  {
    file: 'src/node.ts',
    allowed: './adapters/logger.ts',
    refused: ['./features/index.ts', './models/index.ts', 'pg', 'hono'],
  },
  {
    file: 'src/worker.ts',
    allowed: './database/neon.ts',
    refused: ['./features/index.ts', './database/connect.ts', 'node:fs', 'pg'],
  },
  {
    file: 'src/deps.ts',
    allowed: './core/deps.ts',
    refused: ['./features/index.ts', './http/context.ts', './adapters/logger.ts', ...RUNTIMES],
  },
  {
    file: 'client/planted.ts',
    allowed: './types.ts',
    refused: ['../src/errors.ts', './react/index.ts', 'react', 'jose', 'zod', 'hono', ...RUNTIMES],
  },
  {
    file: 'client/react/planted.ts',
    allowed: '../index.ts',
    refused: ['../store.ts', '../../src/errors.ts', 'react-dom', 'hono', ...RUNTIMES],
  },
  {
    file: 'client/server/planted.ts',
    allowed: 'jose',
    refused: ['../index.ts', '../../src/errors.ts', 'react', 'hono', ...RUNTIMES],
  },
]

/** Files of kinds that nobody thought of, some without an import to be refused by. */
const UNKNOWN = {
  'src/features/auth/planted/helpers.ts': 'export const planted = 1\n',
  'src/features/auth/planted/router.test.ts': 'export const planted = 1\n',
  'src/features/planted.ts': 'export const planted = 1\n',
  'src/features/auth/words.ts': 'export const planted = 1\n',
  'src/features/pages/planted.ts': 'export const planted = 1\n',
  'src/features/pages/planted/planted.tsx': 'export const planted = 1\n',
  'src/features/auth/router.ts': "import '../../errors.ts'\n",
  'src/core/planted/deep/deeper/planted.ts': "import '../../../../errors.ts'\n",
  'src/middleware/deep/planted.ts': "import '../../errors.ts'\n",
  'src/http/deep/planted.ts': 'export const planted = 1\n',
  'src/models/deep/planted.ts': 'export const planted = 1\n',
  'src/mail/Planted.tsx': 'export const planted = 1\n',
  'src/mail/deep/planted.tsx': 'export const planted = 1\n',
  'src/core/planted/planted.tsx': 'export const planted = 1\n',
  'src/middleware/planted.tsx': 'export const planted = 1\n',
  'src/planted.tsx': 'export const planted = 1\n',
  'src/services/planted.ts': 'export const planted = 1\n',
  'src/assets/planted.ts': 'export const planted = 1\n',
  'src/assets/planted.js': "import './other.js'\n",
  'src/planted.ts': 'export const planted = 1\n',
}

/** The ways in which one file can name another. */
const WAYS = [
  (from: string) => `import '${from}'`,
  (from: string) => `import type { Planted } from '${from}'`,
  (from: string) => `export { planted } from '${from}'`,
  (from: string) => `const planted = await import('${from}')`,
]

/** One line for each import, so that a refusal says by its line which one it means. */
const linesOf = (imports: string[]) => imports.flatMap((from) => WAYS.map((way) => way(from)))

type Report = {
  diagnostics: { category: string; location: { path: string; start: { line: number } } }[]
}

let folder: string
/** The lines of each file that the linter refused. */
let refusedLines: Map<string, number[]>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-auth-planted-'))
  const { vcs: _vcs, ...rules } = JSON.parse(readFileSync('biome.json', 'utf8'))
  plant('biome.json', JSON.stringify(rules))
  for (const { file, allowed, refused } of KINDS) {
    plant(file, linesOf([allowed, ...refused]).join('\n'))
  }
  for (const [file, text] of Object.entries(UNKNOWN)) plant(file, text)
  refusedLines = await lint()
})
afterAll(() => rmSync(folder, { recursive: true }))

function plant(file: string, text: string): void {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

async function lint(): Promise<Map<string, number[]>> {
  const program = resolve('node_modules/.bin/biome')
  const args = ['lint', '.', '--reporter=json', '--max-diagnostics=none']
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: folder,
    maxBuffer: 100_000_000,
  }).catch((failed: { stdout: string }) => failed)
  const { diagnostics } = JSON.parse(stdout) as Report
  const about = diagnostics.filter(({ category }) =>
    /noRestrictedImports|useFilenamingConvention/.test(category),
  )
  const byFile = Map.groupBy(about, ({ location }) => location.path)
  return new Map(
    [...byFile].map(([path, group]) => [path, group.map(({ location }) => location.start.line)]),
  )
}

it.each(KINDS)('$file imports what its kind may, and nothing else', ({ file, refused }) => {
  const [first, last] = [WAYS.length + 1, WAYS.length * (1 + refused.length)]
  const expected = Array.from({ length: last - first + 1 }, (_, at) => first + at)
  expect(refusedLines.get(file)?.toSorted((one, other) => one - other)).toEqual(expected)
})

it.each(Object.keys(UNKNOWN))('%s is refused, for no rules are known for it', (file) => {
  expect(refusedLines.has(file)).toBe(true)
})
