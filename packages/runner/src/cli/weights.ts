import {
  CupelError,
  getByHand,
  howToGet,
  isCupelError,
  type Weights,
  weightsAddresses,
  weightsFolder,
  weightsPath,
} from '@cupel/core'
import { Command } from 'commander'
import { resolveOptions } from '../config.js'
import { type Catalogue, discover, findRoot } from '../plugins/discover.js'
import type { OwnNames } from '../plugins/names.js'
import {
  add,
  type Declared,
  declaredFile,
  declaredWeights,
  namedWeights,
  type Pulled,
  pull,
  type State,
  standing,
  type User,
} from '../weights/index.js'
import { showBytes } from '../weights/progress.js'
import { size } from '../weights/size.js'
import { print, say } from './common.js'

interface Known {
  readonly catalogue: Catalogue
  readonly own: OwnNames
  readonly files: ReadonlyMap<string, Declared>
}

async function known(config: string | undefined): Promise<Known> {
  const { plugins, variants: own } = resolveOptions({}, config)
  const catalogue = await discover(findRoot(process.cwd()), plugins)
  return { catalogue, own, files: declaredWeights(catalogue, own) }
}

/** `metric linearity (linearity, linearity-official)`, each plugin once. */
function needing(users: readonly User[]): string[] {
  const plugins = new Map<string, Set<string>>()
  for (const { kind, plugin, variant } of users) {
    const name = `${kind} ${plugin}`
    plugins.set(name, (plugins.get(name) ?? new Set()).add(variant))
  }
  return [...plugins].map(([name, variants]) => `${name} (${[...variants].join(', ')})`)
}

async function describe({ weights, users }: Declared) {
  const { state, sha256, problem } = await standing(weights)
  return {
    file: weights.file,
    state,
    path: weightsPath(weights),
    bytes: weights.bytes ?? null,
    /** As published; null where nobody publishes it. */
    sha256: weights.sha256 ?? null,
    /** Of the file that is there. */
    found: sha256 ?? null,
    problem: problem ?? null,
    licence: weights.licence,
    citation: weights.citation ?? null,
    urls: weightsAddresses(weights),
    get: howToGet(weights),
    users,
  }
}

const STATES: Readonly<Record<State, string>> = {
  present: 'present',
  unverified: 'present, unverified: nobody publishes its sha256, so what was first used here counts',
  wrong: 'wrong',
  missing: 'missing',
}

async function listText(files: readonly Declared[]): Promise<string> {
  const blocks = await Promise.all(
    files.map(async (declared) => {
      const { file, state, bytes, problem, licence, citation, get } = await describe(declared)
      const lines = [
        `${file}${bytes === null ? '' : `  ${size(bytes)}`}  ${STATES[state]}`,
        `needed by ${needing(declared.users).join('; ')}`,
        `licence ${licence}${citation ? `; ${citation}` : ''}`,
        ...(problem ? [problem] : []),
        ...(state === 'missing' || state === 'wrong' ? [get] : []),
      ]
      return lines.join('\n    ')
    }),
  )
  return [
    `weights folder: ${weightsFolder()}`,
    ...(blocks.length > 0 ? blocks : ['no installed plugin needs weights']),
  ].join('\n\n')
}

/** Brings one file and shows how it goes. */
async function bring(weights: Weights): Promise<Pulled> {
  const shown = showBytes(weights.file)
  const aside = (line: string): void => {
    shown.stop()
    say(line)
  }
  try {
    return await pull(weights, { say: aside, progress: shown.update })
  } finally {
    shown.stop()
  }
}

/** Brings files one after another; what cannot be brought does not keep the others back. */
async function bringAll(wanted: readonly Weights[], all: boolean, json: boolean): Promise<void> {
  const failures: string[] = []
  const results = []
  for (const weights of wanted) {
    const { file } = weights
    const path = weightsPath(weights)
    try {
      const { state, sha256, downloaded } = await bring(weights)
      if (!json)
        print(
          `${path}  ${downloaded > 0 ? size(downloaded) : 'was there'}${state === 'unverified' ? `, unverified, sha256 ${sha256}` : ''}`,
        )
      results.push({ file, path, state, sha256, downloaded, error: null })
    } catch (error) {
      if (!isCupelError(error)) throw error
      // Of all files, those that only a person can fetch are no failure of this command.
      if (all && weightsAddresses(weights).length === 0) say(`${file}: ${getByHand(weights)}`)
      else failures.push(error.message)
      results.push({
        file,
        path,
        state: (await standing(weights)).state,
        sha256: null,
        downloaded: 0,
        error: error.message,
      })
    }
  }
  if (json) print(results)
  if (failures.length > 0) throw new CupelError(failures.join('\n'))
}

interface Said {
  readonly json?: true
  readonly config?: string
}

/** `cupel weights`: lists, pulls and adds the files of trained parameters that the installed plugins declare. */
export function weightsCommand(): Command {
  const weights = new Command('weights')
    .description('files of trained parameters: list, pull, add, path')
    .exitOverride()
  const command = (nameAndArguments: string, description: string, value: string): Command =>
    weights
      .command(nameAndArguments)
      .description(description)
      .option('--json', `print ${value} as JSON`)
      .option('--config <file>', 'configuration of a run, for the plugins and variants that it adds')

  command('list', 'every file that a variant of an installed plugin needs, and how it stands here', 'one array').action(
    async ({ json, config }: Said) => {
      const files = [...(await known(config)).files.values()]
      print(json ? await Promise.all(files.map(describe)) : await listText(files))
    },
  )

  command(
    'pull [names...]',
    'download files, named or those of the named plugins and variants',
    'one array of what was done',
  )
    .option('--all', 'every file that can be downloaded')
    .action(async (names: string[], { json, config, all }: Said & { all?: true }) => {
      const { catalogue, own, files } = await known(config)
      if (all ? names.length > 0 : names.length === 0) {
        throw new CupelError(
          `say which files or plugins, or --all; declared are: ${[...files.keys()].join(', ') || 'none'} (cupel weights list)`,
        )
      }
      const wanted = all ? [...files.values()].map((one) => one.weights) : namedWeights(names, files, catalogue, own)
      if (wanted.length === 0) say('no weights are needed')
      await bringAll(wanted, all === true, json === true)
    })

  command(
    'add <path>',
    'copy a file into the weights folder, once it is known to be one that is needed',
    'what was added',
  )
    .option('--as <file>', 'the name that a plugin declares for it')
    .action(async (path: string, { json, config, as }: Said & { as?: string }) => {
      const added = await add(path, (await known(config)).files, { as, say })
      const note = added.state === 'unverified' ? `unverified, sha256 ${added.sha256}` : 'sha256 verified'
      print(json ? added : `${added.path}  ${note}`)
    })

  command('path [file]', 'print the weights folder, or where in it a file is or would be', '{ path }').action(
    async (file: string | undefined, { json, config }: Said) => {
      const path = file === undefined ? weightsFolder() : weightsPath(declaredFile(file, (await known(config)).files))
      print(json ? { path } : path)
    },
  )
  return weights
}
