import { CORE_SCHEMA, defineMappingTag, load, realMapTag } from 'js-yaml'
import { type DType, sizeOf, tensor } from '../tensor.js'
import { CheckpointError, guarding } from './error.js'
import { type CheckpointFile, inMemory } from './file.js'
import { StoredTensor } from './stored.js'
import { Inert, type Value } from './value.js'

/** Text unpacks to many times its size; published models (the SVM of BRISQUE: 0.6 MB) are far smaller. */
const largestText = 2 ** 26

/** Reads what OpenCV's FileStorage writes as YAML. Its matrices become tensors, everything else plain values. */
export async function readOpenCV(file: CheckpointFile): Promise<Value> {
  if (file.size > largestText) {
    throw new CheckpointError(
      'unsupported',
      `it is a YAML file of ${file.size} bytes`,
      `at most ${largestText} are read`,
    )
  }
  const text = Buffer.from(await file.read(0, file.size)).toString('utf8')
  // Aliases, which OpenCV does not write, would let a small file stand for a large one.
  const read = () => load(standard(text), { schema, maxAliases: 0 })
  return plain(file, await guarding('it is no YAML that OpenCV wrote', read))
}

/**
 * OpenCV's dialect as YAML: the directive `%YAML:1.0` has a colon where a space should be, and so do short maps
 * (`{ epsilon:1.0e-03 }`) lack one. Text in quotes stays as it is.
 */
const standard = (text: string): string =>
  text
    .replace(/^%YAML:\S*/, '')
    .replace(/"(?:\\.|[^"\\])*(?:"|$)|([{,]\s*[A-Za-z_][\w-]*):(?=\S)/gs, (all, key) =>
      key === undefined ? all : `${key}: `,
    )

/** `!!opencv-matrix`, `!!opencv-nd-matrix` or their like, as the file has it. */
class Tagged {
  readonly fields = new Map<unknown, unknown>()
  constructor(readonly tag: string) {}
}

const prefix = 'tag:yaml.org,2002:opencv-'
const schema = CORE_SCHEMA.withTags(
  realMapTag,
  defineMappingTag<Tagged>(prefix, {
    matchByTagPrefix: true,
    create: (tag) => new Tagged(tag.slice(prefix.length)),
    addPair: ({ fields }, key, value) => {
      fields.set(key, value)
      return ''
    },
    has: ({ fields }, key) => fields.has(key),
    keys: ({ fields }) => fields.keys(),
    get: ({ fields }, key) => fields.get(key),
    identify: (value) => value instanceof Tagged,
  }),
)

/** What YAML gave as a value of ours. It is at most as deep as the parser lets it be. */
function plain(file: CheckpointFile, value: unknown): Value {
  if (value instanceof Tagged) return matrix(file, value)
  if (Array.isArray(value)) return value.map((item) => plain(file, item))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [plain(file, key), plain(file, item)]))
  return value as Value
}

const types: Readonly<Record<string, DType>> = {
  u: 'uint8',
  c: 'int8',
  w: 'uint16',
  s: 'int16',
  i: 'int32',
  f: 'float32',
  d: 'float64',
}

function matrix(file: CheckpointFile, { tag, fields }: Tagged): Value {
  const [, channels, code] = /^(\d*)([a-z])$/.exec(text(fields.get('dt'))) ?? []
  const dtype = types[code ?? '']
  const data = fields.get('data')
  // Sparse matrices, half floats, records and Base64.
  if (dtype === undefined || !Array.isArray(data)) return new Inert(`opencv-${tag}`)
  const sizes = tag === 'matrix' ? [fields.get('rows'), fields.get('cols')] : fields.get('sizes')
  const shape = Array.isArray(sizes) ? [...sizes, ...(channels ? [Number(channels)] : [])] : [-1]
  if (!shape.every((side) => Number.isSafeInteger(side) && side >= 0) || sizeOf(shape) !== data.length) {
    const found = `one of its matrices has ${data.length} elements and the shape [${shape.map(text)}]`
    throw new CheckpointError('corrupt', found, 'it is damaged: fetch the file again')
  }
  const { buffer } = tensor(data.map(number), shape, dtype).data
  return new StoredTensor(file, { dtype, shape, bytes: inMemory(new Uint8Array(buffer)) })
}

const text = (value: unknown): string => (typeof value === 'object' ? 'an object' : `${value}`)

/** OpenCV writes .Nan, which YAML knows in other spellings only. */
function number(value: unknown): number {
  if (typeof value === 'number') return value
  if (value === '.Nan') return Number.NaN
  throw new CheckpointError('corrupt', 'one of its matrices has an element that is no number')
}
