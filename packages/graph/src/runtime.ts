import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { env, listSupportedBackends } from 'onnxruntime-node'

/** The library of a device that comes apart from onnxruntime-node, if it is installed. */
export function providerOf(device: string): string | undefined {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const name =
    process.platform === 'win32' ? `onnxruntime_providers_${device}.dll` : `libonnxruntime_providers_${device}.so`
  const files = readdirSync(join(root, 'bin'), { recursive: true, encoding: 'utf8' })
  return files.find((file) => basename(file) === name && file.includes(process.platform) && file.includes(process.arch))
}

/** What graphs are computed with. */
export interface Runtime {
  readonly name: string
  readonly version: string
  /** The execution providers that are installed. Whether there is hardware for one shows when a session is opened on it. */
  readonly providers: readonly string[]
  /** Those that it has for this platform and that cannot be asked for, and why. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[]
}

/** The onnxruntime of this process: its version and its execution providers. */
export function runtime(): Runtime {
  const names = listSupportedBackends().map(({ name, bundled }) => ({ name, there: bundled || providerOf(name) }))
  return {
    name: 'onnxruntime-node',
    version: env.versions.node!,
    providers: names.flatMap(({ name, there }) => (there ? [name] : [])),
    passedOver: names.flatMap(({ name, there }) => (there ? [] : [{ name, reason: 'not installed' }])),
  }
}
