import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Unavailable } from '@cupel/core'

/**
 * The model.json in a model's npm package, whose exports do not name it.
 *
 * @param name of the package
 * @param folder within its `models`
 * @param from the `import.meta.url` of what asks, whose dependency it is
 * @throws Unavailable when it is not installed there, saying how to install it
 */
export function packagedModel(name: string, folder: string, from: string): string {
  let root: string
  try {
    root = dirname(createRequire(from).resolve(name))
  } catch {
    throw new Unavailable(`the package ${name}, which holds a model, is not installed: npm install ${name}`)
  }
  while (!existsSync(join(root, 'package.json'))) root = dirname(root)
  return join(root, 'models', folder, 'model.json')
}
