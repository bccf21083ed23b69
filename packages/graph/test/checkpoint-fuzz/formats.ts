import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deflateSync, inflateSync } from 'node:zlib'
import { CheckpointFile } from '../../src/checkpoint/file.js'
import { readZip } from '../../src/checkpoint/zip.js'
import { integerBytes, large, mutateBytes, mutateList } from './mutate.js'
import { mutatePickle, opcodes } from './pickles.js'
import type { Random } from './random.js'
import { type Member, zip } from './zips.js'

/** Makes a damaged file of a format. Most are whole on the outside: what is wrong lies deeper. */
export type Damage = (random: Random) => Buffer

const path = (name: string) => fileURLToPath(new URL(`../../fixtures/checkpoint/${name}`, import.meta.url))
const load = (name: string): Buffer => readFileSync(path(name))
/** One file in eight is changed anywhere, container included. */
const outside = 1 / 8

async function members(name: string): Promise<Member[]> {
  const entries = await readZip(await CheckpointFile.at(path(name)))
  return Promise.all([...entries].map(async ([name, entry]) => ({ name, content: await entry.read(0, entry.size) })))
}

async function torch(): Promise<Damage> {
  const seeds = await Promise.all(
    ['state.pt', 'types.pt', 'strided.pt', 'training.pt', 'module.pt', 'script.pt'].map(members),
  )
  const split = seeds.map((files) =>
    files.map(({ name, content }) => ({
      name,
      content,
      parts: name.endsWith('.pkl') ? opcodes(Buffer.from(content)) : [],
    })),
  )
  return (random) => {
    const files = random.pick(split)
    const chosen = random.chance(0.8)
      ? files.findIndex(({ name }) => name.endsWith('data.pkl'))
      : random.below(files.length)
    const changed = files.flatMap(({ name, content, parts }, i) => {
      if (i !== chosen) return { name, content }
      if (parts.length > 0) return { name, content: mutatePickle(random, parts) }
      return random.chance(0.2) ? [] : { name, content: mutateBytes(random, Buffer.from(content)) }
    })
    return random.chance(outside)
      ? mutateBytes(random, zip(files, random.chance(0.3)))
      : zip(changed, random.chance(0.3))
  }
}

function legacy(): Damage {
  const seeds = [
    'state-legacy.pt',
    'types-legacy.pt',
    'strided-legacy.pt',
    'module-legacy.pt',
    'protocol4-legacy.pt',
  ].map((name) => {
    const bytes = load(name)
    const pickles: Buffer[][] = []
    let at = 0
    for (let i = 0; i < 5; i++) {
      const parts = opcodes(bytes.subarray(at))
      pickles.push(parts)
      at += Buffer.concat(parts).length
    }
    return { bytes, pickles, storages: bytes.subarray(at) }
  })
  return (random) => {
    const { bytes, pickles, storages } = random.pick(seeds)
    if (random.chance(outside)) return mutateBytes(random, bytes)
    const chosen = random.pick([1, 2, 3, 3, 3, 3, 3, 4, 5])
    const changed = pickles.map((parts, i) => (i === chosen ? mutatePickle(random, parts) : Buffer.concat(parts)))
    return Buffer.concat([...changed, chosen === 5 ? mutateBytes(random, storages) : storages])
  }
}

function pickle(): Damage {
  const seeds = [0, 1, 2, 3, 4, 5].map((protocol) => opcodes(load(`plain${protocol}.pickle`)))
  return (random) => {
    const parts = random.pick(seeds)
    return random.chance(outside) ? mutateBytes(random, Buffer.concat(parts)) : mutatePickle(random, parts)
  }
}

const words = [
  'F32',
  'F64',
  'BF16',
  'I64',
  'U8',
  'F8_E4M3',
  '',
  '__metadata__',
  '__proto__',
  'data_offsets',
  'dtype',
  'shape',
  'x',
]
const json = [
  ...large.map(String),
  ...words.map((word) => JSON.stringify(word)),
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '[]',
  '{}',
  'null',
  '1.5',
  '1e400',
]

function safetensors(): Damage {
  const bytes = load('hand.safetensors')
  const length = Number(bytes.readBigUInt64LE())
  const header = bytes.toString('utf8', 8, 8 + length)
  const tokens = header.match(/"[^"]*"|[\d.]+|[^\s"\d]|\s+/g)!
  const broken = (random: Random) => mutateList(random, tokens, () => random.pick(json), json).join('')
  /** JSON still, with other values in one place. */
  const wrong = (random: Random) => {
    const object = JSON.parse(header) as Record<string, Record<string, unknown>>
    const entry = object[random.pick(Object.keys(object))]!
    const field = random.pick(['dtype', 'shape', 'data_offsets'])
    const value = random.pick([...large, ...words, null])
    const list = Array.isArray(entry[field]) ? [...(entry[field] as unknown[])] : []
    list[random.below(list.length + 1)] = value
    entry[field] = random.chance(0.6) ? list : value
    return JSON.stringify(object)
  }
  return (random) => {
    if (random.chance(outside)) return mutateBytes(random, bytes)
    const text = Buffer.from(random.chance(0.3) ? broken(random) : wrong(random))
    const data = random.chance(0.1) ? mutateBytes(random, bytes.subarray(8 + length)) : bytes.subarray(8 + length)
    return Buffer.concat([integerBytes(text.length, 8), text, data])
  }
}

const header = [
  "'<f4'",
  "'>f8'",
  "'|b1'",
  "'<c16'",
  "'|O'",
  "'<U3'",
  "[('a', '<f4')]",
  'True',
  'False',
  '(',
  ')',
  '()',
  '(3,)',
  ',',
  '{',
  '}',
]
const headerWords = [...header, "'descr'", "'fortran_order'", "'shape'", ...large.map(String)]

function mutateNpy(random: Random, bytes: Buffer): Buffer {
  const length = bytes.readUInt16LE(8)
  if (random.chance(0.2)) return Buffer.concat([bytes.subarray(0, 6), mutateBytes(random, bytes.subarray(6))])
  const tokens = bytes.toString('latin1', 10, 10 + length).match(/'[^']*'|\w+|\W/g)!
  const text = Buffer.from(mutateList(random, tokens, () => random.pick(headerWords), headerWords).join(''))
  return Buffer.concat([bytes.subarray(0, 8), integerBytes(text.length, 2), text, bytes.subarray(10 + length)])
}

function npy(): Damage {
  const seeds = ['c.npy', 'fortran.npy', 'big.npy', 'scalar.npy', 'empty.npy'].map(load)
  return (random) => (random.chance(outside) ? mutateBytes : mutateNpy)(random, random.pick(seeds))
}

async function npz(): Promise<Damage> {
  const files = await members('stored.npz')
  return (random) => {
    if (random.chance(outside)) return mutateBytes(random, zip(files, random.chance(0.3)))
    const chosen = random.below(files.length)
    const changed = files.map(({ name, content }, i) => ({
      name,
      content: i === chosen ? mutateNpy(random, Buffer.from(content)) : content,
    }))
    return zip(changed, random.chance(0.3))
  }
}

/** Types, classes and sizes of MATLAB's elements, where a word of one is expected. */
const matWords = [...Array.from({ length: 20 }, (_, i) => i), 0x0806, 0x0206, 0x10001, 0x40005, 0x50001, ...large]

function mat(): Damage {
  const seeds = ['plain.mat', 'packed.mat', 'small.mat', 'big.mat'].map((name) => {
    const bytes = load(name)
    const bigEndian = name === 'big.mat'
    const read = (at: number) => (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at))
    const variables: { packed: boolean; content: Buffer }[] = []
    for (let at = 128; at < bytes.length; at += 8 + read(at + 4)) {
      const content = bytes.subarray(at + 8, at + 8 + read(at + 4))
      const packed = read(at) === 15
      variables.push({ packed, content: packed ? inflateSync(content).subarray(8) : content })
    }
    return { bytes, bigEndian, head: bytes.subarray(0, 128), variables }
  })
  return (random) => {
    const { bytes, bigEndian, head, variables } = random.pick(seeds)
    if (random.chance(outside)) return mutateBytes(random, bytes)
    const tagged = (type: number, content: Buffer) =>
      Buffer.concat([integerBytes(type, 4, bigEndian), integerBytes(content.length, 4, bigEndian), content])
    const chosen = random.below(variables.length)
    const changed = variables.map(({ packed, content }, i) => {
      const matrix = tagged(14, i === chosen ? mutateWords(random, content, bigEndian) : content)
      return packed ? tagged(15, deflateSync(matrix, { level: 1 })) : matrix
    })
    return Buffer.concat([head, ...changed])
  }
}

function mutateWords(random: Random, content: Buffer, bigEndian: boolean): Buffer {
  if (random.chance(0.2)) return mutateBytes(random, content)
  const changed = Buffer.from(content)
  for (let times = 1 + random.below(3); times > 0; times--) {
    // Headers are at the start, and anywhere in structs and cells.
    const at = 4 * random.below(random.chance(0.7) ? Math.min(20, changed.length / 4) : changed.length / 4)
    changed.set(integerBytes(random.pick(matWords), 4, bigEndian), at)
  }
  return changed
}

const yaml = [
  '!!opencv-matrix',
  '!!opencv-nd-matrix',
  '!!map',
  'rows',
  'cols',
  'dt',
  'sizes',
  'data',
  '"3f"',
  'd',
  'u',
  'i',
  'x',
]
const yamlNumbers = ['.Nan', '.Inf', '1e999', '0x10', '~', 'true', 'text', '[]', ...large.map(String)]
const yamlMarks = [
  ':',
  ': ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '- ',
  '"',
  "'",
  '\\',
  '\n',
  '\n   ',
  '\t',
  '? ',
  '|',
  '>',
  '#',
  '---',
  '...',
  '<<: ',
]
const yamlValues = [...yaml, ...yamlNumbers, ...yamlMarks, '!!binary', '&a', '*a', '%TAG']

function opencv(): Damage {
  const seeds = ['matrices.yml', 'svm.yml'].map((name) => load(name).toString('utf8'))
  return (random) => {
    const text = random.pick(seeds)
    if (random.chance(outside)) return mutateBytes(random, Buffer.from(text))
    const [head, body] = [text.slice(0, 10), text.slice(10)]
    const tokens = body.match(/[\w.+!-]+|\s+|[^\w\s]/g)!
    if (random.chance(0.3)) {
      return Buffer.from(head + mutateList(random, tokens, () => random.pick(yamlValues), yamlValues).join(''))
    }
    // YAML still, with other numbers and words in a few places.
    const places = tokens.flatMap((token, i) => (/[a-z\d]/i.test(token) ? [i] : []))
    for (let times = 1 + random.below(3); times > 0; times--) {
      const at = random.pick(places)
      tokens[at] = random.pick(/^[\d.-]/.test(tokens[at]!) ? yamlNumbers : yaml)
    }
    return Buffer.from(head + tokens.join(''))
  }
}

/** All formats by name. */
export const formats: Readonly<Record<string, () => Damage | Promise<Damage>>> = {
  torch,
  legacy,
  pickle,
  safetensors,
  npy,
  npz,
  mat,
  opencv,
}
