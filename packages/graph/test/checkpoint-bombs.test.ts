import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { CheckpointError, readCheckpoint } from '@cupel/graph/checkpoint'
import { afterAll, describe, expect, test } from 'vitest'
import { integerBytes } from './checkpoint-fuzz/mutate.js'
import { type Member, zip } from './checkpoint-fuzz/zips.js'

const scratch = mkdtempSync(join(tmpdir(), 'cupel-bombs-'))
afterAll(() => rmSync(scratch, { recursive: true }))

let files = 0

/** What reading everything in a file of this content ends in. */
async function refusal(content: Uint8Array): Promise<CheckpointError> {
  const path = join(scratch, `file${files++}`)
  writeFileSync(path, content)
  const before = process.memoryUsage.rss()
  const error = await (async () => {
    for (const stored of (await readCheckpoint(path)).tensors.values()) await stored.read()
    return undefined
  })().catch((error: unknown) => error)
  expect(error).toBeInstanceOf(CheckpointError)
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 2 ** 20)
  return error as CheckpointError
}

const packed = (...members: Member[]) => zip(members, true)

/** A .npy file of float32. */
function npy(shape: number[], elements: Uint8Array): Buffer {
  const header =
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}${shape.length === 1 ? ',' : ''}), }`.padEnd(117)
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${header}\n`), elements])
}

const pickled = (...parts: string[]) => Buffer.from(`\x80\x02${parts.join('')}.`, 'latin1')

describe('files that unpack to far more than they are', () => {
  const zeros = new Uint8Array(96 * 2 ** 20)

  test('a compressed array of zeros, honest and with a size that is too small', async () => {
    const bomb = packed({ name: 'a.npy', content: npy([24 * 2 ** 20], zeros) })
    expect(bomb.length).toBeLessThan(2 ** 21)
    const error = await refusal(bomb)
    expect(error).toMatchObject({ kind: 'refused' })
    expect(error.message).toMatch(
      /its entry a\.npy brings what the file unpacks to up to 100663424 bytes, .*; at most \d+ are unpacked/,
    )

    const lying = Buffer.from(bomb)
    for (const mark of ['PK\x03\x04', 'PK\x01\x02']) {
      const at = lying.lastIndexOf(Buffer.from(mark, 'latin1'))
      lying.writeUInt32LE(4128, at + (mark.endsWith('\x04') ? 22 : 24))
    }
    expect((await refusal(lying)).found).toMatch(
      /its header states 4128 unpacked bytes and the data unpack to more|instead of/,
    )
  })

  test('many entries that share their bytes', async () => {
    const one = { name: 'a.npy', content: npy([2 ** 20], zeros.subarray(0, 2 ** 22)) }
    const many = Array.from({ length: 20 }, (_, i) => ({ ...one, name: `a${i}.npy` }))
    expect(await refusal(packed(...many))).toMatchObject({ kind: 'refused' })
  })

  test('a pickle of zeros', async () => {
    const members = [{ name: 'a/data.pkl', content: zeros }]
    expect(await refusal(packed(...members))).toMatchObject({ kind: 'refused' })
  })

  test('a compressed variable of MATLAB', async () => {
    const matrix = Buffer.concat([integerBytes(14, 4), integerBytes(zeros.length, 4), zeros])
    const body = deflateSync(matrix)
    const head = Buffer.from(`${'MATLAB 5.0 MAT-file'.padEnd(124)}\x00\x01IM`, 'latin1')
    const error = await refusal(Buffer.concat([head, integerBytes(15, 4), integerBytes(body.length, 4), body]))
    expect(error).toMatchObject({ kind: 'refused' })
  })

  test('a tensor that strides of zero expand', async () => {
    const storage = '(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQ'
    const call = (side: string) =>
      `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00(${side}${side}tK\x00K\x00\x86\x89}tR`
    const file = (side: string) =>
      packed(
        { name: 'a/data.pkl', content: pickled(`}U\x01w${call(side)}s`) },
        { name: 'a/data/0', content: new Uint8Array(4) },
      )
    expect(await refusal(file('J\x00\x00\x01\x00'))).toMatchObject({ kind: 'refused' })
    expect((await refusal(file('\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f'))).kind).toBe('corrupt')
  })
})

describe('pickles whose few bytes mean much work', () => {
  test('lists nested in themselves again and again', async () => {
    // Each round makes a list of two of the list before: 2^60 paths from 60 rounds.
    const get = (i: number) => `h${String.fromCharCode(i)}`
    const rounds = Array.from({ length: 60 }, (_, i) => `${get(i)}${get(i)}\x86q${String.fromCharCode(i + 1)}0`)
    const error = await refusal(pickled(']q\x000', ...rounds, get(60)))
    expect(error).toMatchObject({ kind: 'refused' })
    expect(error.message).toContain('nested beyond reason')
  })

  test('values nested a hundred thousand deep', async () => {
    expect((await refusal(pickled(']', '\x85'.repeat(100_000)))).message).toContain('nested beyond reason')
  })

  test('a large value that is given to a call again and again', async () => {
    const items = `](${'K\x01'.repeat(100_000)}eq\x00`
    const error = await refusal(pickled('(', items, 'cbuiltins\nset\nq\x01', 'h\x01h\x00\x85R'.repeat(20_000), 't'))
    expect(error.message).toContain('uses the same large values again and again')
  })

  test('a string or integer that claims more than there is', async () => {
    expect((await refusal(pickled('X\xff\xff\xff\x7f'))).message).toContain('the pickle ends in the middle')
    expect((await refusal(pickled('\x8e\xff\xff\xff\xff\xff\xff\xff\xff'))).kind).toBe('corrupt')
    expect((await refusal(pickled('\x8b\xff\xff\xff\x7f'))).kind).toBe('corrupt')
  })
})

test('YAML of aliases that stand for each other is refused', async () => {
  const rounds = Array.from({ length: 30 }, (_, i) => `b${i + 1}: &b${i + 1} [ *b${i}, *b${i} ]`)
  const error = await refusal(Buffer.from(`%YAML:1.0\n---\nb0: &b0 [ 1 ]\n${rounds.join('\n')}\n`))
  expect(error.message).toMatch(/it is no YAML that OpenCV wrote: .*alias/)
})

test('YAML with quotes that never close is read in time', async () => {
  expect((await refusal(Buffer.from(`%YAML:1.0\n---\na: ${'"\\"'.repeat(300_000)}`))).kind).toBe('corrupt')
})
