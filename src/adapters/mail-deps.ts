import type { Config } from '../config/index.ts'
import type { CoreDeps } from '../core/deps.ts'
import { createOneTimeTokens } from '../core/one-time-tokens/tokens.ts'
import type { RenderMail } from '../core/outbox/mails.ts'
import type { ImportKey } from '../core/tokens/key-rings.ts'

type MailDeps = Pick<CoreDeps, 'oneTimeTokens' | 'renderMail'>

/**
 * Makes one-time tokens, and the mails with their links. `publicUrl` says where links lead if the configuration does not.
 * Layout and words are loaded with the first mail, so that no start pays for them.
 */
export async function mailDeps(
  { projectName, tokens, links }: Config,
  importKey: ImportKey,
  publicUrl: () => string | undefined = () => undefined,
): Promise<MailDeps> {
  const oneTimeTokens = await createOneTimeTokens(tokens, importKey)
  let render: RenderMail | undefined
  return {
    oneTimeTokens,
    async renderMail(due) {
      if (!render) {
        const [{ createRenderMail }, { createLinks }] = await Promise.all([
          import('../mail/render.ts'),
          import('../mail/links.ts'),
        ])
        const linkTo = createLinks({ ...links, publicUrl: links.publicUrl ?? publicUrl() })
        const { mint, code } = oneTimeTokens
        render = createRenderMail({ projectName, linkTo, mint, code })
      }
      return render(due)
    },
  }
}
