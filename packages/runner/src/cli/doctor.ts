import { accessSync, constants, existsSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { howToGet, weightsFolder } from '@cupel/core'
import { Command } from 'commander'
import { resolve as resolveSpecifier } from 'import-meta-resolve'
import { discover, findRoot } from '../plugins/discover.js'
import { packageFolder, readManifest } from '../plugins/identity.js'
import { declaredWeights, standing } from '../weights/index.js'
import { print } from './common.js'

/** Of what is installed and does not work at all. */
const BROKEN = 'cannot be loaded'

interface Finding {
  readonly what: string
  readonly found: string
  /** What to do about it; absent when all is well. */
  readonly remedy?: string
}

function weightsPlace(): Finding {
  const folder = weightsFolder()
  if (!existsSync(folder)) return { what: 'weights folder', found: `${folder} (not made yet)` }
  try {
    accessSync(folder, constants.W_OK)
    return { what: 'weights folder', found: folder }
  } catch {
    return {
      what: 'weights folder',
      found: `${folder} cannot be written`,
      remedy: 'set CUPEL_CACHE to a folder that can',
    }
  }
}

/** What is found, or what keeps it from being found. */
async function attempt(what: string, find: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await find()
  } catch (error) {
    return [{ what, found: BROKEN, remedy: (error as Error).message }]
  }
}

async function plugins(root: string): Promise<Finding[]> {
  const catalogue = await discover(root)
  const findings: Finding[] = Object.entries(catalogue).map(([kind, found]) => ({
    what: `${kind}s`,
    found: [...found.keys()].join(', ') || 'none',
  }))
  for (const { weights, users } of declaredWeights(catalogue).values()) {
    const names = [...new Set(users.map(({ plugin }) => plugin))].join(', ')
    const { state, problem } = await standing(weights)
    if (state !== 'missing' && state !== 'wrong') continue
    const found = problem ?? `${weights.file} is not in the weights folder`
    findings.push({ what: `weights of ${names}`, found, remedy: howToGet(weights) })
  }
  return findings
}

/** What @cupel/graph and @cupel/tfjs say of what they compute with. */
interface Runtime {
  readonly name: string
  readonly version: string
  readonly providers?: readonly string[]
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[]
}

/** The runtime that networks of this root's plugins compute with; nothing where none of them brings `from`. */
async function runtime(what: string, from: string, root: string): Promise<Finding[]> {
  const { dependencies, devDependencies } = readManifest(root)
  const dependents = Object.keys({ ...dependencies, ...devDependencies }).map((name) => packageFolder(name, root))
  const dependent = [root, ...dependents].find((folder) => folder && packageFolder(from, folder))
  if (!dependent) return []
  const url = resolveSpecifier(from, pathToFileURL(join(dependent, 'package.json')).href)
  const module: { runtime(): Runtime | Promise<Runtime> } = await import(url)
  const { name, version, providers = [], passedOver } = await module.runtime()
  const without = passedOver.map((one) => `${one.name}: ${one.reason}`).join('; ')
  return [{ what, found: `${[`${name} ${version}`, ...providers].join(', ')}${without && ` (${without})`}` }]
}

/** What the package that a run starts in depends on. */
async function installed(): Promise<Finding[]> {
  const root = findRoot(process.cwd())
  const runtimes = { onnxruntime: '@cupel/graph', 'TensorFlow.js': '@cupel/tfjs' }
  const found = Object.entries(runtimes).map(([what, from]) => attempt(what, () => runtime(what, from, root)))
  return [...(await Promise.all(found)).flat(), ...(await attempt('plugins', () => plugins(root)))]
}

/** `cupel doctor`: what this machine has, and for every problem what to do. Exit code 1 when something that is installed cannot be loaded. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check runtimes, devices, plugins and weights')
    .option('--json', 'print one JSON array of { what, found, remedy }')
    .action(async ({ json }) => {
      const findings: Finding[] = [
        { what: 'node', found: `${process.version} on ${process.platform}-${process.arch}` },
        {
          what: 'processor',
          found: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
        },
        weightsPlace(),
        ...(await attempt('plugins', installed)),
      ]
      if (findings.some(({ found }) => found === BROKEN)) process.exitCode = 1
      const width = Math.max(...findings.map(({ what }) => what.length)) + 2
      print(
        json
          ? findings
          : findings
              .map(
                ({ what, found, remedy }) =>
                  `${remedy ? '!' : ' '} ${what.padEnd(width)}${found}${remedy ? `\n  ${' '.repeat(width)}${remedy}` : ''}`,
              )
              .join('\n'),
      )
    })
}
