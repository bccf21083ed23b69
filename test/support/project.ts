import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cupelBin = join(root, 'packages', 'runner', 'bin', 'cupel.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A user's project in a temporary folder: a package.json, plugins, images, and the built cupel command run in it. */
export interface Project {
  readonly folder: string
  path(...parts: string[]): string
  write(name: string, content: string | Uint8Array): string
  cupel(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  remove(): void
}

export interface ProjectOptions {
  /** Names of this repository's packages that the project depends on, without the scope. */
  readonly packages?: readonly string[]
  /** Dependencies beside those. */
  readonly dependencies?: Readonly<Record<string, string>>
  /** Plugins of this folder, by name, that are installed as packages `cupel-<name>` of their kinds. */
  readonly installed?: Readonly<Record<string, 'metric' | 'attack' | 'defence'>>
}

export function makeProject({ packages = [], dependencies = {}, installed = {} }: ProjectOptions = {}): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cupel-test-')))
  const path = (...parts: string[]): string => join(folder, ...parts)
  const write = (name: string, content: string | Uint8Array): string => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), content)
    return path(name)
  }
  mkdirSync(path('node_modules', '@cupel'), { recursive: true })
  for (const name of ['core', ...packages])
    symlinkSync(join(root, 'packages', name), path('node_modules', '@cupel', name))
  cpSync(join(root, 'test', 'plugins'), path('plugins'), { recursive: true })
  const own = Object.fromEntries(packages.map((name) => [`@cupel/${name}`, '*']))
  const others: Record<string, string> = {}
  for (const [name, kind] of Object.entries(installed)) {
    const facts = { version: '3.2.1', type: 'module', exports: './index.js', cupel: { kind, api: 1 } }
    write(`node_modules/cupel-${name}/package.json`, JSON.stringify({ name: `cupel-${name}`, ...facts }))
    write(`node_modules/cupel-${name}/index.js`, `export { default } from '../../plugins/${name}.mjs'`)
    others[`cupel-${name}`] = '*'
  }
  const all = { ...own, ...others, ...dependencies }
  write('package.json', JSON.stringify({ name: 'project', private: true, dependencies: all }))

  const cupel: Project['cupel'] = (args, env = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [cupelBin, ...args], {
        cwd: folder,
        // Without what the test runner put there, such as VITEST and NODE_OPTIONS of its own.
        env: { PATH: process.env.PATH, HOME: folder, CUPEL_CACHE: path('cache'), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let [stdout, stderr] = ['', '']
      child.stdout.on('data', (chunk) => {
        stdout += chunk
      })
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
    })
  return { folder, path, write, cupel, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A small picture with edges, gradients and grain, different for each seed, as PNG. */
export async function picture(seed: number, width = 48, height = 40): Promise<Buffer> {
  const data = Buffer.alloc(3 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const wave = Math.sin((x * (seed + 2)) / 9 + c) + Math.cos((y * (seed + 1)) / 7)
        const grain = ((x * 7919 + y * 104729 + c * 31 + seed * 997) % 23) - 11
        data[3 * (y * width + x) + c] = 128 + 40 * wave + (x > width / 2 ? 20 : 0) + grain
      }
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** Rows of a run as objects, numbers as text. */
export async function readRows(file: string): Promise<Record<string, string>[]> {
  const { parse } = await import('csv-parse/sync')
  return parse(readFileSync(file), { columns: true })
}

/** Rows without what may differ between two runs of the same thing: how long it took. */
export const timeless = (rows: readonly Record<string, string>[]): Record<string, string>[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith('_ms'))))
