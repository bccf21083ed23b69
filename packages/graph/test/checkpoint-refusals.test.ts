import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CheckpointError, Inert, readCheckpoint } from '@cupel/graph/checkpoint'
import { afterAll, describe, expect, test } from 'vitest'

const fixtures = fileURLToPath(new URL('../fixtures/checkpoint', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'cupel-checkpoint-'))
afterAll(() => rmSync(scratch, { recursive: true }))

let files = 0
function file(content: Uint8Array | string): string {
  const path = join(scratch, `file${files++}.pth`)
  writeFileSync(path, content, 'latin1')
  return path
}

/** Opens a checkpoint and reads all its tensors. */
async function readAll(path: string): Promise<void> {
  for (const stored of (await readCheckpoint(path)).tensors.values()) await stored.read()
}

async function refusal(path: string): Promise<CheckpointError> {
  const error = await readAll(path).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error, path).toBeInstanceOf(CheckpointError)
  expect((error as CheckpointError).message.startsWith(`${path}: `)).toBe(true)
  return error as CheckpointError
}

describe('a pickle that calls anything but the few known constructors', () => {
  const evil = readdirSync(fixtures).filter((name) => name.startsWith('evil-'))
  test.each(evil)('%s is refused and nothing is run', async (name) => {
    const error = await refusal(join(fixtures, name))
    expect(error.kind).toBe('refused')
    expect(error.message).toMatch(
      /wants to call (posix\.system|os\.system|__builtin__\.(eval|getattr|__import__)); .* nothing of it was run/,
    )
    expect(existsSync('pwned')).toBe(false)
  })
})

describe('files that are no checkpoints', () => {
  test.each([
    [
      '<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning',
      /this is a web page; .*Google Drive.*confirm the download/,
    ],
    ['\n<html lang="en">', /this is a web page/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /Git LFS pointer; fetch the file itself/],
    ['\x1f\x8b\x08', /packed file; unpack it/],
    ['{"model": "resnet"}', /this is JSON/],
    ['hello', /no checkpoint of a known format \(it begins with the bytes 68 65 6c 6c 6f\)/],
    ['', /the file is empty/],
  ])('%j', async (content, message) => {
    expect((await refusal(file(content))).message).toMatch(message)
  })

  test('a file that is not there, and a folder', async () => {
    expect(await refusal(join(scratch, 'absent.pth'))).toMatchObject({ kind: 'missing' })
    expect((await refusal(scratch)).message).toContain('this is not a file')
  })
})

describe('truncated files', () => {
  /** The file cut off at a hundred or so lengths, from long to short. */
  async function shortened(name: string, look: (path: string) => Promise<void>): Promise<void> {
    const whole = readFileSync(join(fixtures, name))
    const path = file(whole)
    for (let length = whole.length - 1; length > 0; length -= Math.ceil(whole.length / 100)) {
      truncateSync(path, length)
      await look(path)
    }
  }

  const names = ['state.pt', 'state-legacy.pt', 'module-legacy.pt', 'plain4.pickle', 'hand.safetensors']
  test.each([...names, 'stored.npz', 'deflated.npz', 'c.npy'])('%s at every length is an error', async (name) => {
    await shortened(name, async (path) => expect((await refusal(path)).kind).toMatch(/corrupt|unsupported/))
  })

  // These formats do not say how much there should be: what is left must be whole.
  test.each(['plain.mat', 'packed.mat', 'matrices.yml'])(
    '%s at every length is an error or what is left is right',
    async (name) => {
      const { tensors } = await readCheckpoint(join(fixtures, name))
      let errors = 0
      await shortened(name, async (path) => {
        try {
          for (const [key, stored] of (await readCheckpoint(path)).tensors) {
            expect(await stored.read()).toEqual(await tensors.get(key)!.read())
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError)
          errors++
        }
      })
      expect(errors).toBeGreaterThan(50)
    },
  )
})

describe('damaged files', () => {
  test('a changed weight of a zip file does not go unnoticed', async () => {
    const bytes = readFileSync(join(fixtures, 'state.pt'))
    const weight = Buffer.from(new Float32Array([1, 1]).buffer)
    bytes[bytes.indexOf(weight)]! ^= 1
    expect((await refusal(file(bytes))).message).toMatch(/the checksum of its entry .*data\/\d is wrong/)
  })

  /** A safetensors file of a header and no elements. */
  const header = (text: string, length = BigInt(text.length)) => {
    const bytes = Buffer.alloc(8 + text.length)
    bytes.writeBigUInt64LE(length)
    bytes.write(text, 8)
    return file(bytes)
  }
  const entry = (dtype: string, shape: number[], end: number) =>
    JSON.stringify({ a: { dtype, shape, data_offsets: [0, end] } })

  test('a safetensors header that claims more bytes than the file has', async () => {
    expect((await refusal(header('{}', 1000n))).message).toMatch(/claims 1000 bytes from 8 on and the file has 10/)
    expect((await refusal(header('{}', 2_000_000_000n))).message).toMatch(/its header claims 2000000000 bytes, over/)
    const path = header(entry('F32', [1_000_000], 4_000_000))
    expect((await refusal(path)).message).toMatch(/its tensor a claims 4000000 bytes/)
    expect((await refusal(header(entry('F32', [3], 0)))).message).toMatch(/its tensor a of shape \[3\] has 0 bytes/)
  })

  test('a type named like a member of every object is unknown', async () => {
    const checkpoint = await readCheckpoint(header(entry('__proto__', [0], 0)))
    expect(checkpoint.at('a').value).toBeInstanceOf(Inert)
  })

  test('a .npy header that claims more elements than the file has', async () => {
    const bytes = readFileSync(join(fixtures, 'c.npy'))
    bytes.write('(9, 3)', bytes.indexOf('(2, 3)'))
    expect((await refusal(file(bytes))).message).toMatch(
      /the array of shape \[9,3\] has 48 bytes of elements instead of 216/,
    )
  })

  test('integers of MATLAB that are kept as floats', async () => {
    const bytes = readFileSync(join(fixtures, 'small.mat'))
    // The class of the array `half`, which is single, becomes int64.
    bytes[bytes.indexOf('half') - 32] = 14
    expect((await refusal(file(bytes))).message).toMatch(/it has int64 numbers that are kept as type 7/)
  })
})
