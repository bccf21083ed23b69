import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** The parts of a package.json that this package reads. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly cupel?: { readonly kind?: unknown; readonly api?: unknown }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** The folder of an installed package as Node finds it from `from`, or undefined. */
export function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (folder === dirname(folder)) return undefined
  }
}

const sha256 = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

/** Hash of all files below a folder, names included. */
function contentOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return sha256(...files.flatMap((file) => [file.slice(folder.length), readFileSync(file)]))
}

const known = new Map<string, string>()

/**
 * What a package is, with everything that it depends on: a hash of the names and versions of its whole closure. A package that is
 * linked and not installed (a workspace, a plugin being written) counts by the content of its dist/ too, since its version stands still.
 *
 * @param folder the package's real folder
 */
export function packageIdentity(folder: string): string {
  const found = known.get(folder)
  if (found) return found
  // A cycle ends here: a package within its own closure counts by its name.
  known.set(folder, folder.slice(folder.lastIndexOf(sep)))
  const manifest = readManifest(folder)
  const dependencies = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  })
  const parts = [`${manifest.name}@${manifest.version}`]
  if (!folder.includes(`${sep}node_modules${sep}`)) {
    for (const own of ['dist', 'weights']) if (existsSync(join(folder, own))) parts.push(contentOf(join(folder, own)))
  }
  for (const name of dependencies.sort()) {
    const at = packageFolder(name, folder)
    parts.push(at ? packageIdentity(at) : `${name} absent`)
  }
  const identity = sha256(...parts)
  known.set(folder, identity)
  return identity
}

/** What a plugin given by path is: the hash of its file. */
export const fileIdentity = (path: string): string => sha256(readFileSync(path))
