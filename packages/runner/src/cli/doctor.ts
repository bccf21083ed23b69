import { accessSync, constants, existsSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { howToGet, weightsFolder } from '@cupel/core'
import { Command } from 'commander'
import { resolve as resolveSpecifier } from 'import-meta-resolve'
import { discover, findRoot } from '../plugins/discover.js'
import { declaredWeights, standing } from '../weights/index.js'
import { print } from './common.js'

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

async function plugins(): Promise<Finding[]> {
  try {
    const catalogue = await discover(findRoot(process.cwd()))
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
  } catch (error) {
    return [{ what: 'plugins', found: 'cannot be loaded', remedy: (error as Error).message }]
  }
}

/** What @cupel/tfjs says of itself. */
interface TensorFlow {
  runtime(): Promise<{ name: string; version: string; passedOver: readonly { name: string; reason: string }[] }>
}

/** The TensorFlow.js runtime that plugins of this root would use; nothing where none of them brings one. */
async function tensorFlow(): Promise<Finding[]> {
  let module: TensorFlow
  try {
    const root = pathToFileURL(join(findRoot(process.cwd()), 'package.json')).href
    module = await import(resolveSpecifier('@cupel/tfjs', root))
  } catch {
    return []
  }
  const { name, version, passedOver } = await module.runtime()
  const better = passedOver.map((one) => `${one.name}: ${one.reason}`).join('; ')
  return [{ what: 'TensorFlow.js', found: `${name} ${version}${better && ` (${better})`}` }]
}

/** `cupel doctor`: what this machine has, and for every problem what to do. */
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
        ...(await tensorFlow()),
        ...(await plugins()),
      ]
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
