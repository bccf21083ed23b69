import type { Attack, Context, Defence, Image, Kind, Metric, Opened, Plugin, Purified } from '@cupel/core'
import { signs } from '../good/attacks.js'
import { coarse } from '../good/defences.js'
import { roughness } from '../good/metrics.js'

/** A plugin that fails one clause. */
export interface Broken {
  readonly clause: string
  readonly how: string
  readonly plugin: Plugin
}

/** The plugin whatever its options. */
export const any = (plugin: unknown): Plugin => plugin as Plugin

/** A copy of a plugin with other fields, and opened things that `change` has had its hands on. */
function tampered<K extends Kind>(
  plugin: unknown,
  change: (opened: Opened[K]) => Partial<Opened[K]>,
  fields: Record<string, unknown> = {},
): Plugin {
  const original = plugin as Plugin<K>
  const changed = (opened: Opened[K]): Opened[K] => ({ ...opened, ...change(opened) })
  const copy: Plugin<K> = Object.assign((options?: Record<string, unknown>) => changed(original(options)), {
    ...original,
    open: async (...given: Parameters<Plugin<K>['open']>) => changed(await original.open(...given)),
    ...fields,
  }) as unknown as Plugin<K>
  return any(Object.defineProperty(copy, 'name', { value: original.name }))
}

/** The sound plugins of `good/`, each with a fault. */
export const metric = (change: (opened: Metric) => Partial<Metric>, fields?: Record<string, unknown>) =>
  tampered<'metric'>(roughness, change, fields)
export const attack = (
  change: (opened: Attack) => Partial<Attack>,
  fields?: Record<string, unknown>,
  of: unknown = signs,
) => tampered<'attack'>(of, change, fields)
export const defence = (
  change: (opened: Defence) => Partial<Defence>,
  fields?: Record<string, unknown>,
  of: unknown = coarse,
) => tampered<'defence'>(of, change, fields)

/** A defence whose results `change` has had its hands on. */
export const purifying = (
  change: (purified: Purified, image: Image) => Partial<Purified>,
  fields?: Record<string, unknown>,
  of: unknown = coarse,
) =>
  defence(
    ({ purify }) => ({
      async purify(image, context) {
        const purified = await purify(image, context)
        return { ...purified, ...change(purified, image) }
      },
    }),
    fields,
    of,
  )

/** A field of facts that differ from the plugin's own. */
export const facts = (plugin: unknown, other: object): Record<string, unknown> => ({
  facts: (options: never) => ({ ...(plugin as Plugin).facts(options), ...other }),
})

/** Values of which the first is another. */
export const poked = (data: Float32Array, value: number): Float32Array => data.map((old, i) => (i === 0 ? value : old))
/** Whether all values are the same. */
export const flat = ({ data }: Image): boolean => data.every((value) => value === data[0])

/** A context that nothing aborts. */
export const unabortable = (context?: Context): Context => ({ ...context!, signal: new AbortController().signal })

let calls = 0
/** A number that no other call has had: what a result must not depend on. */
export const count = (): number => ++calls

/** Can be disposed of once. */
export function once() {
  let gone = false
  return {
    async dispose() {
      if (gone) throw new Error('gone already')
      gone = true
    },
  }
}
