import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isCupelError, type Weights } from '@cupel/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeProject, type Project } from '../../../test/support/project.js'
import { weightsCommand } from '../src/cli/weights.js'
import { bytes, emptyCache, published, sendFile, serve, sha256, unpublished } from './weights-server.js'

const content = bytes(400_000)
let project: Project

/** A project whose plugin `heavy` declares what the test says. */
beforeAll(() => {
  project = makeProject()
  project.write('run.json', JSON.stringify({ plugins: ['plugins/heavy.mjs'] }))
  project.write(
    'plugins/heavy.mjs',
    `import { readFileSync } from 'node:fs'
     import { defineMetric, z } from '@cupel/core'
     const declared = () => JSON.parse(readFileSync(new URL('declared.json', import.meta.url)))
     export default defineMetric({
       name: 'heavy', summary: '', better: 'higher', range: [0, 1],
       options: z.object({ size: z.enum(['small', 'large']).default('small').describe('') }),
       variants: { 'heavy-large': { size: 'large' } },
       weights: ({ size }) => ({ net: declared().net, ...(size === 'large' && { large: declared().large }) }),
       create: () => ({ score: async () => 0 }),
     })`,
  )
})
afterAll(() => project.remove())

const manual: Weights = { file: 'large.pth', licence: 'CC-BY-4.0', instructions: 'open https://drive.google.com/x' }

interface Result {
  readonly code: 0 | 1
  readonly stdout: string
  readonly stderr: string
}

/** `cupel weights` in this process, in the project's folder. */
async function run(args: readonly string[]): Promise<Result> {
  const [out, beside] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockReturnValue(true),
  )
  const before = process.cwd()
  process.chdir(project.folder)
  const failure = await weightsCommand()
    .parseAsync([...args, '--config', 'run.json'], { from: 'user' })
    .then(
      () => undefined,
      (error: Error) => error,
    )
    .finally(() => process.chdir(before))
  const [stdout, stderr] = [out!, beside!].map((spy) => spy.mock.calls.map(([text]) => text).join(''))
  out!.mockRestore()
  beside!.mockRestore()
  // As the command's main does.
  if (failure && !isCupelError(failure)) throw failure
  return { code: failure ? 1 : 0, stdout: stdout!, stderr: stderr! + (failure ? `${failure.message}\n` : '') }
}

/** A cache of its own for the test, and `cupel weights` with it. */
function using(net: Weights, large: Weights = manual) {
  const folder = emptyCache()
  project.write('plugins/declared.json', JSON.stringify({ net, large }))
  return { cupel: (...args: string[]) => run(args), folder, place: `${folder}/net.pth` }
}

/** The built command as a process of its own. */
function start(...args: string[]) {
  const bin = fileURLToPath(new URL('../bin/cupel.js', import.meta.url))
  const child = spawn(process.execPath, [bin, 'weights', ...args, '--config', 'run.json'], {
    cwd: project.folder,
    env: { PATH: process.env.PATH, HOME: project.folder, CUPEL_CACHE: process.env.CUPEL_CACHE },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (said[name] += chunk))
  const ended = new Promise<string | number | null>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  )
  return { child, said, ended }
}

/** Waits until something is so, as long as one of the processes that should make it so runs. */
async function until(holds: () => boolean, processes: readonly ReturnType<typeof start>[]): Promise<void> {
  while (!holds()) {
    if (processes.every(({ child }) => child.exitCode !== null)) throw new Error(processes[0]!.said.stderr)
    await sleep(20)
  }
}

describe('cupel weights list', () => {
  test('says of every file of every variant how it stands, who needs it and how to get it', async () => {
    const { cupel, place, folder } = using(published(content, 'https://example.org/net.pth'))
    const { stdout, code } = await cupel('list', '--json')
    expect(code).toBe(0)
    const files = JSON.parse(stdout)
    expect(files.map(({ file, state }: { file: string; state: string }) => [file, state])).toEqual([
      ['large.pth', 'missing'],
      ['net.pth', 'missing'],
    ])
    expect(files[0]).toMatchObject({
      licence: 'CC-BY-4.0',
      sha256: null,
      get: 'open https://drive.google.com/x; then: npx --package @cupel/runner cupel weights add PATH --as large.pth',
      users: [{ kind: 'metric', plugin: 'heavy', variant: 'heavy-large' }],
    })
    expect(files[1]).toMatchObject({ path: place, bytes: content.length, sha256: sha256(content), found: null })
    expect(files[1].users.map(({ variant }: { variant: string }) => variant)).toEqual(['heavy', 'heavy-large'])
    const text = (await cupel('list')).stdout
    expect(text).toContain(`weights folder: ${folder}`)
    expect(text).toMatch(
      /net\.pth {2}400 kB {2}missing\n +needed by metric heavy \(heavy, heavy-large\)\n +licence MIT\n +get it with: npx --package @cupel\/runner cupel weights pull net\.pth/,
    )
  })

  test('says what is wrong', async () => {
    const { cupel, folder, place } = using(published(content, []))
    mkdirSync(folder)
    writeFileSync(place, bytes(content.length, 2))
    const files = JSON.parse((await cupel('list', '--json')).stdout)
    expect(files[1]).toMatchObject({ state: 'wrong', found: sha256(bytes(content.length, 2)) })
    expect(files[1].problem).toContain(`expected ${sha256(content)}`)
  })
})

describe('cupel weights pull', () => {
  test('brings the files of what is named; one JSON value on standard output, everything else beside it', async () => {
    const server = await serve((request, response, seen, n) =>
      sendFile(request, response, seen, content, n === 0 ? { cut: 100_000 } : {}),
    )
    const { cupel, place } = using(published(content, server.url))
    const { code, stdout, stderr } = await cupel('pull', 'heavy', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      {
        file: 'net.pth',
        path: place,
        state: 'present',
        sha256: sha256(content),
        downloaded: content.length,
        error: null,
      },
    ])
    expect(stderr).toBe('net.pth: the connection broke; trying again in 1.0 s\n')
    expect(readFileSync(place).equals(content)).toBe(true)
    expect(server.sent()).toBe(content.length)
    expect((await cupel('pull', 'net.pth')).stdout).toBe(`${place}  was there\n`)
  })

  test('what cannot be brought is said, ends with 1 and does not keep the others back', async () => {
    const server = await serve((request, response, seen) => sendFile(request, response, seen, content))
    const { cupel, place } = using(unpublished(server.url))
    const { code, stdout, stderr } = await cupel('pull', 'large.pth', 'heavy-large')
    expect(code).toBe(1)
    expect(stderr).toBe(
      'large.pth has no address to download it from; open https://drive.google.com/x; then: npx --package @cupel/runner cupel weights add PATH --as large.pth\n',
    )
    expect(stdout).toBe(`${place}  400 kB, unverified, sha256 ${sha256(content)}\n`)
  })

  test('names that are none, and none at all', async () => {
    const { cupel } = using(published(content, []))
    const unknown = await cupel('pull', 'heavi')
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toMatch(/^"heavi" is neither .*; did you mean "heavy"\?/)
    const nothing = await cupel('pull')
    expect(nothing).toMatchObject({ code: 1, stdout: '' })
    expect(nothing.stderr).toMatch(
      /^say which files or plugins, or --all; declared are: large\.pth, net\.pth \(cupel weights list\)$/m,
    )
  })

  test('two processes at once fetch a file once', async () => {
    const both: ReturnType<typeof start>[] = []
    const waits = /^net\.pth: another process is bringing it; waiting/m
    const server = await serve(async (request, response, seen) => {
      await until(() => both.some(({ said }) => waits.test(said.stderr)), both)
      await sendFile(request, response, seen, content)
    })
    using(published(content, server.url))
    for (let i = 0; i < 2; i++) both.push(start('pull', 'net.pth', '--json'))
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0])
    const results = both.map(({ said }) => JSON.parse(said.stdout)[0])
    expect(results.map(({ state }) => state)).toEqual(['present', 'present'])
    expect(results.map(({ downloaded }) => downloaded).sort((a, b) => a - b)).toEqual([0, content.length])
    expect(server.seen).toHaveLength(1)
  })

  test.for(['SIGINT', 'SIGKILL'] as const)('a process that is stopped by %s leaves what it has', async (signal) => {
    const server = await serve((request, response, seen, n) =>
      sendFile(request, response, seen, content, n === 0 ? { cut: 150_000, stall: true } : {}),
    )
    const { cupel, place } = using(published(content, server.url))
    const first = start('pull', 'net.pth')
    await until(() => existsSync(`${place}.part`) && statSync(`${place}.part`).size === 150_000, [first])
    first.child.kill(signal)
    expect(await first.ended).toBe(signal)
    expect(existsSync(place)).toBe(false)
    expect(existsSync(`${place}.lock`)).toBe(signal === 'SIGKILL')
    // As if the ten seconds had passed after which the lock of a killed process counts for nothing.
    if (signal === 'SIGKILL') utimesSync(`${place}.lock`, 1e9, 1e9)
    const { stdout } = await cupel('pull', 'net.pth', '--json')
    expect(JSON.parse(stdout)[0].downloaded).toBe(content.length - 150_000)
    expect(server.seen[1]).toMatchObject({ range: 'bytes=150000-', status: 206 })
    expect(server.sent()).toBe(content.length)
    expect(readFileSync(place).equals(content)).toBe(true)
  })

  test('a process prints one JSON value, and exits with 1 when something could not be brought', async () => {
    const server = await serve((_, response) => response.writeHead(404).end())
    using(published(content, server.url))
    const { said, ended } = start('pull', '--all', '--json')
    expect(await ended).toBe(1)
    expect(JSON.parse(said.stdout).map(({ state }: { state: string }) => state)).toEqual(['missing', 'missing'])
    expect(said.stderr).toContain(
      'large.pth: open https://drive.google.com/x; then: npx --package @cupel/runner cupel weights add PATH --as large.pth',
    )
    expect(said.stderr).toContain(`net.pth could not be downloaded\n  ${server.url}: the server answered 404`)
  })
})

describe('cupel weights add and path', () => {
  test('a file that was fetched by hand', async () => {
    const { cupel, folder } = using(published(content, []))
    const path = project.write('downloads/large (1).pth', content.subarray(7))
    const { stdout } = await cupel('add', path, '--as', 'large.pth', '--json')
    expect(JSON.parse(stdout)).toEqual({
      file: 'large.pth',
      path: `${folder}/large.pth`,
      sha256: sha256(content.subarray(7)),
      state: 'unverified',
    })
    const refused = await cupel('add', path)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('is no weights file that an installed plugin declares')
  })

  test('the place of a file, and of all', async () => {
    const { cupel, folder, place } = using(published(content, []))
    expect((await cupel('path')).stdout).toBe(`${folder}\n`)
    expect((await cupel('path', 'net.pth')).stdout).toBe(`${place}\n`)
    expect(JSON.parse((await cupel('path', 'net.pth', '--json')).stdout)).toEqual({ path: place })
    expect((await cupel('path', 'nt.pth')).stderr).toContain('did you mean "net.pth"?')
  })
})
