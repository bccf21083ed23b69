import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { API, CupelError, type Kind, noAttack, noDefence, type Plugin } from '@cupel/core'
import { resolve as resolveSpecifier } from 'import-meta-resolve'
import { fileIdentity, type Manifest, packageFolder, packageIdentity, readManifest } from './identity.js'

/** A plugin that was found, and where. */
export interface Installed {
  readonly plugin: Plugin
  /** The package's name, or the path as the configuration gives it. */
  readonly package: string
  readonly version: string
  /** What a worker imports; its default export is the plugin. */
  readonly url: string
  /** Changes when anything changes that could change the plugin's results. */
  readonly identity: string
}

const KINDS: readonly Kind[] = ['metric', 'attack', 'defence']

/** Every installed plugin by kind and name. */
export type Catalogue = Readonly<Record<Kind, ReadonlyMap<string, Installed>>>

/** The folder of the package.json nearest to `from`: the root of a run. */
export function findRoot(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) {
      throw new CupelError(
        `no package.json in ${resolve(from)} or above it; plugins are the dependencies of the package that a run starts in: npm init, then npm install the plugins you want`,
      )
    }
  }
}

const isPlugin = (value: unknown): value is Plugin =>
  typeof value === 'function' && KINDS.includes((value as { kind?: Kind }).kind!) && 'parse' in value

/** Imports a plugin and checks that it is one, of the kind and name that are expected where they are. */
export async function load(url: string, what: string, expected: { kind?: unknown } = {}): Promise<Plugin> {
  let module: { default?: unknown }
  try {
    module = await import(url)
  } catch (error) {
    throw new CupelError(
      `${what}: importing ${fileURLToPath(url)} failed: ${(error as Error).message.split('\n')[0]}; rebuild or reinstall it`,
    )
  }
  const plugin = module.default
  if (!isPlugin(plugin)) {
    throw new CupelError(
      `${what}: its default export is ${plugin === undefined ? 'absent' : `a ${typeof plugin}`}, expected what defineMetric, defineAttack or defineDefence returns`,
    )
  }
  if (plugin.api !== API)
    throw new CupelError(`${what}: built for interface ${plugin.api}, this runner speaks ${API}; update it`)
  if (expected.kind && plugin.kind !== expected.kind) {
    throw new CupelError(
      `${what}: its package.json says "${expected.kind}", its default export is a ${plugin.kind}; one of the two is wrong`,
    )
  }
  return plugin
}

/** A dependency of the root that says it is a plugin: its package is checked before anything of it runs. */
async function fromPackage(name: string, root: string): Promise<Installed | undefined> {
  const folder = packageFolder(name, root)
  if (!folder) {
    // Only what is missing *and* looks like a plugin matters here; the package manager reports the rest.
    if (!/cupel/.test(name)) return undefined
    throw new CupelError(
      `${name}: a dependency of ${join(root, 'package.json')} that is not installed; run your package manager's install`,
    )
  }
  const manifest: Manifest = readManifest(folder)
  if (!manifest.cupel) return undefined
  const { kind, api } = manifest.cupel
  if (!KINDS.includes(kind as Kind)) {
    throw new CupelError(
      `${name}: "cupel.kind" in its package.json is ${JSON.stringify(kind)}, expected "metric", "attack" or "defence"`,
    )
  }
  if (api !== API) {
    throw new CupelError(
      `${name}@${manifest.version}: built for interface ${JSON.stringify(api)}, this runner speaks ${API}; run: npm install ${name}@latest @cupel/runner@latest`,
    )
  }
  let url: string
  try {
    url = resolveSpecifier(name, pathToFileURL(join(root, 'package.json')).href)
    if (!existsSync(fileURLToPath(url))) throw new Error(`${fileURLToPath(url)} does not exist`)
  } catch (error) {
    throw new CupelError(
      `${name}: has no entry that can be imported (${(error as Error).message}); build or reinstall it`,
    )
  }
  const plugin = await load(url, name, { kind })
  const folderName = name.replace(/^@[^/]+\//, '')
  if (folderName.startsWith(`${kind}s-`) && folderName !== `${kind}s-${plugin.name}`) {
    throw new CupelError(
      `${name}: its plugin calls itself "${plugin.name}", expected "${folderName.slice(`${kind}s-`.length)}"`,
    )
  }
  return { plugin, package: name, version: manifest.version ?? '0.0.0', url, identity: packageIdentity(folder) }
}

/** A plugin that the configuration names by path, relative to the root. */
async function fromPath(path: string, root: string): Promise<Installed> {
  const file = isAbsolute(path) ? path : resolve(root, path)
  if (!existsSync(file))
    throw new CupelError(`${path}: named as a plugin in the configuration, and ${file} does not exist`)
  const url = pathToFileURL(file).href
  return { plugin: await load(url, path), package: path, version: 'file', url, identity: fileIdentity(file) }
}

/** The two identities are of this package's own core. */
function builtIn(plugin: Plugin): Installed {
  const url = import.meta.resolve(`./${plugin.kind === 'attack' ? 'no-attack' : 'no-defence'}.js`)
  return { plugin, package: '@cupel/core', version: 'built in', url, identity: 'none' }
}

/** Names, variants and aliases of a kind must each mean one thing. */
function catalogue(found: readonly Installed[]): Catalogue {
  const byKind = { metric: new Map(), attack: new Map(), defence: new Map() } as Record<Kind, Map<string, Installed>>
  const owners = new Map<string, Installed>()
  for (const installed of found) {
    const { plugin } = installed
    for (const name of new Set([plugin.name, ...Object.keys(plugin.variants), ...Object.keys(plugin.aliases)])) {
      const other = owners.get(`${plugin.kind} ${name}`)
      if (other) {
        throw new CupelError(
          `two ${plugin.kind}s are called "${name}": ${other.package} and ${installed.package}; remove one of them from package.json`,
        )
      }
      owners.set(`${plugin.kind} ${name}`, installed)
    }
    byKind[plugin.kind].set(plugin.name, installed)
  }
  return byKind
}

/**
 * Finds the plugins of a run: those of the root package's own dependencies and devDependencies whose package.json carries
 * `"cupel": { "kind", "api" }`, those named by path, and `none`.
 *
 * @param root a folder with a package.json
 * @param paths plugin files, relative to the root
 * @throws {CupelError} with one line for every plugin that cannot be used
 */
export async function discover(root: string, paths: readonly string[] = []): Promise<Catalogue> {
  const { dependencies, devDependencies } = readManifest(root)
  const names = Object.keys({ ...dependencies, ...devDependencies }).sort()
  const results = await Promise.allSettled([
    ...names.map((name) => fromPackage(name, root)),
    ...paths.map((path) => fromPath(path, root)),
  ])
  const problems = results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).message] : []))
  if (problems.length > 0) throw new CupelError(problems.join('\n'))
  const found = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []))
  return catalogue([builtIn(noAttack), builtIn(noDefence), ...found])
}
