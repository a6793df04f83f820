import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNode } from './node-process.ts'
import { prepareFolder } from './prepared-folder.ts'

export type Service = { base: string; output: () => string; stop: () => Promise<void> }

/** The service as a process of its own on Node, over an embedded database in a folder of its own, on a free port. */
export async function startService(env: Record<string, string> = {}): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-auth-service-'))
  if (!env.DATA_FOLDER) await prepareFolder(join(folder, 'postgres'))
  const remove = () => rmSync(folder, { recursive: true })
  const service = await startNode({ DATA_FOLDER: join(folder, 'postgres'), ...env }).catch(
    (error: Error) => {
      remove()
      throw error
    },
  )
  const stop = async () => {
    if (service.child.exitCode === null) service.child.kill('SIGTERM')
    await service.exited
    remove()
  }
  return { base: service.base, output: service.output, stop }
}
