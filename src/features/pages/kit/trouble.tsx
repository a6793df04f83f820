import type { Context } from 'hono'
import type { AppEnv } from '../../../http/context.ts'
import { languageOf } from '../../../middleware/language.ts'
import { HOSTED_WORDS } from '../words-hosted.ts'
import type { View } from './define-page.ts'
import type { HostedPath } from './paths.ts'
import { problemWords } from './problem-words.ts'

/** A page that says why there is no other. It is made of the request alone, for that may be what was wrong. */
export function troubleView(c: Context<AppEnv>, path: HostedPath, code: string): View {
  const words = HOSTED_WORDS[languageOf(c)]
  const { title, toLogin } = words.common.trouble
  const login = `${'../'.repeat(path.split('/').length - 2)}login`
  const content = (
    <>
      <h1>{title}</h1>
      <p>{problemWords({ words, config: c.get('deps').config }, code)}</p>
      <p>
        <a class="button" href={login}>
          {toLogin}
        </a>
      </p>
    </>
  )
  return { title, content }
}
