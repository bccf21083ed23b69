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
  const schema = CORE_SCHEMA.withTags(realMapTag, matrices(file))
  // Aliases, which OpenCV does not write, would let a small file stand for a large one.
  const read = () => load(standard(text), { schema, maxAliases: 0 }) as Value
  return guarding('it is no YAML that OpenCV wrote', read)
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

type Fields = Map<unknown, unknown>

/** `!!opencv-matrix`, `!!opencv-nd-matrix` and their like. */
const matrices = (file: CheckpointFile) =>
  defineMappingTag<{ tag: string; fields: Fields }, Value>('tag:yaml.org,2002:opencv-', {
    matchByTagPrefix: true,
    create: (tag) => ({ tag: tag.replace('tag:yaml.org,2002:', ''), fields: new Map() }),
    addPair: ({ fields }, key, value) => {
      fields.set(key, value)
      return ''
    },
    has: ({ fields }, key) => fields.has(key),
    keys: () => [],
    get: () => undefined,
    finalize: ({ tag, fields }) => matrix(file, tag, fields),
    identify: () => false,
  })

const types: Readonly<Record<string, DType>> = {
  u: 'uint8',
  c: 'int8',
  w: 'uint16',
  s: 'int16',
  i: 'int32',
  f: 'float32',
  d: 'float64',
}

function matrix(file: CheckpointFile, tag: string, fields: Fields): Value {
  const [, channels, code] = /^(\d*)([a-z])$/.exec(`${fields.get('dt')}`) ?? []
  const dtype = types[code ?? '']
  const data = fields.get('data')
  // Sparse matrices, half floats, records and Base64.
  if (dtype === undefined || !Array.isArray(data)) return new Inert(`an ${tag} of ${fields.get('dt')}`)
  const sizes = tag === 'opencv-matrix' ? [fields.get('rows'), fields.get('cols')] : fields.get('sizes')
  const shape = Array.isArray(sizes) ? [...sizes, ...(channels ? [Number(channels)] : [])] : [-1]
  if (!shape.every((side) => Number.isSafeInteger(side) && side >= 0) || sizeOf(shape) !== data.length) {
    const found = `one of its matrices has ${data.length} elements and the shape [${shape}]`
    throw new CheckpointError('corrupt', found, 'it is damaged: fetch the file again')
  }
  const { buffer } = tensor(data.map(number), shape, dtype).data
  return new StoredTensor(file, { dtype, shape, bytes: inMemory(new Uint8Array(buffer)) })
}

/** OpenCV writes .Nan, which YAML knows in other spellings only. */
function number(value: unknown): number {
  if (typeof value === 'number') return value
  if (value === '.Nan') return Number.NaN
  throw new CheckpointError('corrupt', 'one of its matrices has an element that is no number')
}
