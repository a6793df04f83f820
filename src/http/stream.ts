import type { Context } from 'hono'
import { failureCode } from '../database/errors.ts'
import { AppError } from '../errors.ts'
import type { AppEnv } from './context.ts'
import { respond } from './respond.ts'

type File = { name: string; mediaType: string }

/**
 * Sends a file piece by piece, as fast as the client takes it, and makes no more once the client has left. The first piece
 * is made before the answer begins, so that what fails at once is answered as a problem. If a later one fails the answer is
 * cut off, which every HTTP client reports: it never ends as a whole file does.
 */
export async function replyFile<Env extends AppEnv>(
  c: Context<Env>,
  { name, mediaType }: File,
  pieces: AsyncIterator<string, void, void>,
): Promise<Response> {
  const encoder = new TextEncoder()
  const { logger } = c.get('deps')
  let next: IteratorResult<string, void> | undefined = await pieces.next()
  let hasLeft = false
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = next ?? (await pieces.next())
        next = undefined
        if (hasLeft) return
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        if (hasLeft) return
        const code = error instanceof AppError ? error.code : (failureCode(error) ?? 'UNKNOWN')
        logger.error('file_cut_off', { request_id: c.get('requestId'), file: name, code })
        // The runtime prints what it is given here, past the log and whatever must not be in it.
        controller.error(new Error(code))
      }
    },
    async cancel() {
      hasLeft = true
      await pieces.return?.()
    },
  })
  return respond(c as unknown as Context<AppEnv>, body, 200, {
    'content-type': `${mediaType}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
  })
}
