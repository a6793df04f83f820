import type { Block } from './blocks.ts'

type Entry = { file: string; first: RegExp }

/** Blocks that a test of their page runs, or compares with the service, and which one that is. */
const ELSEWHERE: readonly (Entry & { test: string })[] = [
  // The commands of a newcomer, from a clean clone with no network.
  { file: 'README.md', first: /^npm ci && npm run dev/, test: 'tools/e2e.ts' },
  { file: 'CONTRIBUTING.md', first: /^npm ci && npm run dev/, test: 'tools/e2e.ts' },
  { file: 'docs/quick-start.md', first: /^npm ci && npm run dev/, test: 'tools/e2e.ts' },
  { file: 'client/README.md', first: /^npm install/, test: 'test/client/package.test.ts' },
  ...['spa', 'plain-html', 'api', 'server-rendered'].map((name) => ({
    file: `examples/${name}/README.md`,
    first: /^(npm install|AUTH=)/,
    test: 'test/browser/examples.test.ts',
  })),
  { file: 'docs/architecture.md', first: /^\/\/ /, test: 'test/docs/guide.test.ts' },
  { file: 'docs/limits.md', first: /^HTTP/, test: 'test/docs/limits.test.ts' },
  { file: 'docs/limits.md', first: /^delete from/, test: 'test/docs/limits.test.ts' },
  { file: 'docs/log.md', first: /^# \/etc\/fail2ban/, test: 'test/docs/operations.test.ts' },
  {
    file: 'docs/node.md',
    first: /^npm ci && npm run build/,
    test: 'test/tools/build-node.test.ts',
  },
  {
    file: 'docs/metrics.md',
    first: /^(sum|histogram|increase|edge_auth|nodejs)/,
    test: 'test/adapters/metrics-node.test.ts',
  },
  { file: 'docs/proxies.md', first: /^\{$/, test: 'test/docs/operations.test.ts' },
  { file: 'docs/proxies.md', first: /^log_format/, test: 'test/docs/operations.test.ts' },
  {
    file: 'docs/cloudflare.md',
    first: /^(\[|routes = )/,
    test: 'test/tools/cloudflare-guide.test.ts',
  },
  {
    file: 'docs/mail.md',
    first: /^\[\[send_email\]\]/,
    test: 'test/tools/cloudflare-guide.test.ts',
  },
]

const ACCOUNT = 'needs an account at Cloudflare'
const DOCKER = 'needs Docker, and an image from a registry'

/** Blocks that cannot be run where the tests run, and why. They are parsed all the same. */
const NOT_RUN: readonly (Entry & { because: string })[] = [
  { file: 'CONTRIBUTING.md', first: /^npm test --/, because: 'it is the suite that asks' },
  { file: 'docs/cloudflare.md', first: /^npx wrangler/, because: ACCOUNT },
  { file: 'docs/cloudflare.md', first: /^npm run deploy/, because: ACCOUNT },
  { file: 'docs/cloudflare.md', first: /keys\.staging\.json/, because: ACCOUNT },
  { file: 'docs/cloudflare.md', first: /^curl .*api\.cloudflare/, because: ACCOUNT },
  { file: 'docs/federation.md', first: /^docker run/, because: DOCKER },
  { file: 'docs/node.md', first: /^docker run/, because: DOCKER },
  { file: 'docs/node.md', first: /^sh deploy\/make-env\.sh/, because: DOCKER },
  { file: 'docs/node.md', first: /^sudo /, because: 'changes the machine that it runs on' },
  { file: 'docs/operations.md', first: /^docker compose/, because: DOCKER },
]

const isOf = (block: Block) => (entry: Entry) =>
  entry.file === block.file && entry.first.test(block.first)

/** The test that runs a block beside those of this folder, if there is one. */
export const testOf = (block: Block) => ELSEWHERE.find(isOf(block))?.test

/** Why a block is not run, where it is not. */
export const reasonOf = (block: Block) => NOT_RUN.find(isOf(block))?.because

/** Entries that stand for no block any more. */
export const staleEntries = (blocks: readonly Block[]) =>
  [...ELSEWHERE, ...NOT_RUN]
    .filter((entry) => !blocks.some((block) => isOf(block)(entry)))
    .map(({ file, first }) => `${file}: ${first}`)
