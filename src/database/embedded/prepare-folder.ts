import { createCluster } from './creation.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { type Engine, startEngine } from './engine.ts'
import { engineFault, folderError } from './folder-error.ts'

/** Locks the folder, makes a database in it if there is none, and returns a function that starts an engine on it. */
export async function prepareFolder(
  given: string,
): Promise<{ start: () => Promise<Engine>; folder: DataFolder }> {
  const folder = await openDataFolder(given)
  const start = (path: string) =>
    startEngine({ folder: path }).catch((error: Error) => {
      throw engineFault(folder.path, error.message)
    })
  try {
    if (folder.isEmpty) {
      await createCluster(folder.path, async (staging) => (await start(staging)).close())
    }
  } catch (error) {
    folder.release()
    throw folderError(folder.path, error)
  }
  return { start: () => start(folder.path), folder }
}
