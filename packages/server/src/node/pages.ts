// The folders of built pages that a node serves.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../foundation/config/schema.ts'
import { StartupError } from '../foundation/startupError.ts'

/**
 * The folders of pages by the path that they are served at.
 * @throws StartupError naming the key whose folder does not exist
 */
export function findPages({ pages }: Config): ReadonlyMap<string, string> {
  const folders = new Map<string, string>()
  for (const [path, name] of Object.entries(pages)) {
    const folder = resolve(name)
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new StartupError(`Mistake in the configuration: "pages.${path}": there is no folder ${folder}.`)
    }
    folders.set(path, folder)
  }
  return folders
}
