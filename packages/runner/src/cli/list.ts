import type { Kind } from '@cupel/core'
import { Command } from 'commander'
import { type Catalogue, discover, findRoot, type Installed } from '../plugins/discover.js'
import { type Declared, declaredWeights, problemOf } from '../weights/index.js'
import { print } from './common.js'

const KINDS = { metric: 'Metrics', attack: 'Attacks', defence: 'Defences' } as const

async function describe(kind: Kind, installed: Installed, files: readonly Declared[]) {
  const { plugin } = installed
  const needed = files.filter(({ users }) => users.some((one) => one.kind === kind && one.plugin === plugin.name))
  const { weights: _, ...facts } = plugin.facts(plugin.parse({}))
  const weights = await Promise.all(
    needed.map(async ({ weights: one }) => ({
      file: one.file,
      present: (await problemOf(plugin.name, one)) === undefined,
    })),
  )
  return {
    kind,
    name: plugin.name,
    package: installed.package,
    version: installed.version,
    summary: plugin.summary,
    paper: plugin.paper ?? null,
    variants: Object.keys(plugin.variants),
    defaults: plugin.defaults,
    aliases: plugin.aliases,
    options: plugin.parse({}),
    facts,
    weights,
  }
}

type Description = Awaited<ReturnType<typeof describe>>

function describeAll(catalogue: Catalogue): Promise<Description[]> {
  const files = [...declaredWeights(catalogue).values()]
  const kinds = Object.keys(KINDS) as Kind[]
  return Promise.all(kinds.flatMap((kind) => [...catalogue[kind].values()].map((one) => describe(kind, one, files))))
}

/** The facts of a plugin in a few words. */
function words({ kind, facts }: Description): string {
  const known = facts as Record<string, unknown>
  const said = [
    kind === 'metric' && `${known.better} is better, ${(known.range as number[]).join('..')}`,
    kind === 'attack' && known.needs !== 'nothing' && `needs ${known.needs}`,
    kind !== 'attack' && (known.gradient ? `${known.gradient} gradient` : 'no gradient'),
    known.random && 'random',
    known.changesSize && 'changes size',
    known.minimumSize !== 1 && `from ${known.minimumSize} pixels`,
  ]
  return said.filter(Boolean).join(', ')
}

function text(plugins: readonly Description[]): string {
  const width = Math.max(...plugins.map(({ name }) => name.length)) + 2
  const sections = Object.entries(KINDS).map(([kind, title]) => {
    const lines = plugins
      .filter((one) => one.kind === kind)
      .flatMap((one) => {
        const others = one.variants.filter((variant) => variant !== one.name)
        const missing = one.weights.filter(({ present }) => !present).map(({ file }) => file)
        const pad = ' '.repeat(width + 2)
        return [
          `  ${one.name.padEnd(width)}${one.summary}`,
          `${pad}${one.package} ${one.version}${words(one) && `; ${words(one)}`}`,
          ...(others.length > 0 ? [`${pad}variants: ${others.join(', ')}`] : []),
          ...(one.weights.length > 0
            ? [
                `${pad}weights: ${missing.length > 0 ? `missing ${missing.join(', ')} (cupel weights list)` : 'present'}`,
              ]
            : []),
        ]
      })
    return [title, ...(lines.length > 0 ? lines : ['  none installed'])].join('\n')
  })
  return sections.join('\n\n')
}

/** `cupel list`: what is installed. */
export function listCommand(): Command {
  return new Command('list')
    .description('the installed plugins: variants, facts, weights present or missing')
    .option('--json', 'print one JSON array')
    .action(async ({ json }) => {
      const plugins = await describeAll(await discover(findRoot(process.cwd())))
      print(json ? plugins : text(plugins))
    })
}
