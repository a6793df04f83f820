import type { Config } from '../config/index.ts'
import type { CoreDeps } from '../core/deps.ts'
import { createFactorTokens } from '../core/factors/factor-tokens.ts'
import { createSealing } from '../core/factors/sealing.ts'
import type { ImportKey } from '../core/tokens/key-rings.ts'

/** Makes what factors need: the tokens of log-ins under way, and what keeps secrets. */
export async function factorDeps(
  { factors, tokens }: Config,
  importKey: ImportKey,
): Promise<Pick<CoreDeps, 'factorTokens' | 'sealing'>> {
  const [factorTokens, sealing] = await Promise.all([
    createFactorTokens(tokens, importKey),
    createSealing(factors, tokens),
  ])
  return { factorTokens, sealing }
}
