import { CheckpointError } from '../error.js'
import { Inert, type Value } from '../value.js'
import { Cursor } from './cursor.js'
import { longLine, quotedLine, rawUnicode } from './text.js'

/** A class or function that a pickle refers to by name. It is a name and nothing else. */
export class Global extends Inert {}

/** Far more than the largest checkpoint has, whose tensors lie outside of the pickle. */
const maximumOpcodes = 20_000_000

/** What the pickle's few outward operations mean. The machine itself knows no class and calls nothing. */
export interface Meaning {
  /** What `callable(*args)` stands for. It decides by name from a closed list and throws for everything else. */
  call(callable: Global, args: readonly Value[]): Value
  /** What a persistent id, such as that of a storage, stands for. */
  persistent(id: Value): Value
  /** What an object made by {@link call} becomes with its state; undefined where the machine is to fill a record. */
  build?(object: Value, state: Value): Value | undefined
}

/**
 * Interprets one pickle, protocols 0 to 5, from the start of the bytes. Time and memory are proportional to their number.
 *
 * @returns The value and how many bytes it took.
 */
export function unpickle(bytes: Uint8Array, meaning: Meaning): { value: Value; length: number } {
  const machine = new Machine(new Cursor(bytes), meaning)
  while (machine.step());
  return { value: machine.result(), length: machine.read.at }
}

class Machine {
  private stack: Value[] = []
  private readonly marks: Value[][] = []
  private readonly memo = new Map<number, Value>()
  /** What the memo still knows as it was before its state made something else of it. */
  private readonly replaced = new Map<Value, Value>()
  private opcodes = 0
  private spent = 0

  constructor(
    readonly read: Cursor,
    private readonly meaning: Meaning,
  ) {}

  result(): Value {
    if (this.stack.length !== 1 || this.marks.length > 0) throw malformed('it stops with values left over')
    return this.stack[0]!
  }

  /** Interprets one opcode; false once it was STOP. */
  step(): boolean {
    const at = this.read.at
    const code = String.fromCharCode(this.read.uint8())
    if (code === '.') return false
    if (++this.opcodes > maximumOpcodes)
      throw new CheckpointError('refused', `its pickle has over ${maximumOpcodes} opcodes`)
    const operation = operations[code]
    if (operation === undefined) throw malformed(`there is no opcode ${code.charCodeAt(0)}, as found at byte ${at}`)
    operation(this, this.read)
    return true
  }

  push(value: Value): void {
    this.stack.push(value)
  }

  pop(): Value {
    if (this.stack.length === 0) throw malformed('it takes a value off an empty stack')
    return this.stack.pop()!
  }

  top(): Value {
    const value = this.pop()
    this.push(value)
    return value
  }

  /** The last values, in the order in which they were pushed. */
  popMany(count: number): Value[] {
    if (this.stack.length < count) throw malformed('it takes a value off an empty stack')
    return this.stack.splice(this.stack.length - count)
  }

  mark(): void {
    this.marks.push(this.stack)
    this.stack = []
  }

  popToMark(): Value[] {
    const values = this.stack
    const below = this.marks.pop()
    if (below === undefined) throw malformed('it goes back to a mark that was not set')
    this.stack = below
    return values
  }

  /** POP takes a value or, where there is none since the last mark, the mark. */
  drop(): void {
    if (this.stack.length > 0) this.stack.pop()
    else this.popToMark()
  }

  put(index = this.memo.size): void {
    this.memo.set(index, this.top())
  }

  get(index: number): void {
    const value = this.memo.get(index)
    if (value === undefined) throw malformed(`it takes ${index} from the memo, where nothing is`)
    this.push(this.replaced.get(value) ?? value)
  }

  /**
   * Books work that depends on the size of values and not on the number of opcodes: a value is taken from the memo with two
   * bytes as often as one likes.
   */
  private spend(values: readonly Value[]): void {
    for (const value of values) this.spent += extent(value)
    if (this.spent <= 1_000_000 + 10 * this.read.bytes.length) return
    throw new CheckpointError(
      'refused',
      'its pickle uses the same large values again and again',
      'expected a checkpoint',
    )
  }

  call(callable: Value, args: Value): void {
    this.spend(asList(args))
    this.push(this.meaning.call(asGlobal(callable), asList(args)))
  }

  /** `cls.__new__(cls, *args)`: here an empty record of that class, whatever it is. */
  instance(callable: Value, args: Value): void {
    this.push(new Inert(asGlobal(callable).type, asList(args)))
  }

  persistent(id: Value): void {
    this.push(this.meaning.persistent(id))
  }

  build(state: Value): void {
    const object = this.top()
    const parts = Array.isArray(state) ? state : [state]
    this.spend(parts)
    const becomes = this.meaning.build?.(object, state)
    if (becomes !== undefined) {
      this.replaced.set(this.pop(), becomes)
      this.push(becomes)
      return
    }
    const record = object instanceof Inert && !(object instanceof Global) ? object.fields : undefined
    // The state of an object with __slots__ is a pair of dicts. Attributes of a dict (OrderedDict._metadata) are of no use.
    for (const part of parts) {
      if (part instanceof Map) for (const [key, value] of part) record?.set(key, value)
    }
  }

  setItems(pairs: Value[]): void {
    const target = this.top()
    const map = target instanceof Map ? target : target instanceof Inert ? target.fields : undefined
    if (map === undefined || pairs.length % 2 !== 0) throw malformed('it sets items of what is no dict')
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i]!, pairs[i + 1]!)
  }

  append(values: Value[]): void {
    const target = this.top()
    if (Array.isArray(target)) for (const value of values) target.push(value)
    else if (target instanceof Inert) for (const value of values) target.fields.set(target.fields.size, value)
    else throw malformed('it appends to what is no list')
  }
}

type Operation = (machine: Machine, read: Cursor) => void
const push =
  (value: (read: Cursor) => Value): Operation =>
  (machine, read) =>
    machine.push(value(read))
const tuple =
  (size: number): Operation =>
  (machine) =>
    machine.push(machine.popMany(size))

const operations: Readonly<Record<string, Operation>> = {
  '\x80': (_, read) => {
    const protocol = read.uint8()
    if (protocol > 5) throw malformed(`it is of protocol ${protocol}`)
  },
  '\x95': (_, read) => void read.uint64(),
  '(': (machine) => machine.mark(),
  '0': (machine) => machine.drop(),
  '1': (machine) => void machine.popToMark(),
  '2': (machine) => machine.push(machine.top()),
  // Constants and numbers
  N: push(() => null),
  '\x88': push(() => true),
  '\x89': push(() => false),
  I: push((read) => longLine(read.line())),
  L: push((read) => longLine(read.line().replace(/L$/, ''))),
  J: push((read) => read.int32()),
  K: push((read) => read.uint8()),
  M: push((read) => read.uint16()),
  '\x8a': push((read) => read.long(read.uint8())),
  '\x8b': push((read) => read.long(read.uint32())),
  F: push((read) => Number(read.line())),
  G: push((read) => read.float64()),
  // Text and bytes: the strings of Python 2 are text here
  S: push((read) => quotedLine(read.line())),
  T: push((read) => read.latin1(read.uint32())),
  U: push((read) => read.latin1(read.uint8())),
  V: push((read) => rawUnicode(read.line())),
  X: push((read) => read.text(read.uint32())),
  '\x8c': push((read) => read.text(read.uint8())),
  '\x8d': push((read) => read.text(read.uint64())),
  B: push((read) => read.take(read.uint32()).slice()),
  C: push((read) => read.take(read.uint8()).slice()),
  '\x8e': push((read) => read.take(read.uint64()).slice()),
  '\x96': push((read) => read.take(read.uint64()).slice()),
  // Collections
  ')': push(() => []),
  ']': push(() => []),
  '}': push(() => new Map()),
  '\x8f': push(() => []),
  t: (machine) => machine.push(machine.popToMark()),
  '\x85': tuple(1),
  '\x86': tuple(2),
  '\x87': tuple(3),
  l: (machine) => machine.push(machine.popToMark()),
  d: (machine) => {
    const pairs = machine.popToMark()
    machine.push(new Map())
    machine.setItems(pairs)
  },
  '\x91': (machine) => machine.push(machine.popToMark()),
  a: (machine) => machine.append(machine.popMany(1)),
  e: (machine) => machine.append(machine.popToMark()),
  '\x90': (machine) => machine.append(machine.popToMark()),
  s: (machine) => machine.setItems(machine.popMany(2)),
  u: (machine) => machine.setItems(machine.popToMark()),
  // The memo
  p: (machine, read) => machine.put(Number(longLine(read.line()))),
  q: (machine, read) => machine.put(read.uint8()),
  r: (machine, read) => machine.put(read.uint32()),
  '\x94': (machine) => machine.put(),
  g: (machine, read) => machine.get(Number(longLine(read.line()))),
  h: (machine, read) => machine.get(read.uint8()),
  j: (machine, read) => machine.get(read.uint32()),
  // Classes and calls
  c: push((read) => new Global(`${read.line()}.${read.line()}`)),
  '\x93': (machine) => {
    const [module, name] = machine.popMany(2)
    if (typeof module !== 'string' || typeof name !== 'string') throw malformed('it names a class by what is no text')
    machine.push(new Global(`${module}.${name}`))
  },
  R: (machine) => {
    const [callable, args] = machine.popMany(2)
    machine.call(callable!, args!)
  },
  i: (machine, read) => machine.call(new Global(`${read.line()}.${read.line()}`), machine.popToMark()),
  o: (machine) => {
    const [callable, ...args] = machine.popToMark()
    machine.call(callable ?? null, args)
  },
  '\x81': (machine) => {
    const [callable, args] = machine.popMany(2)
    machine.instance(callable!, args!)
  },
  '\x92': (machine) => {
    const [callable, args] = machine.popMany(3)
    machine.instance(callable!, args!)
  },
  b: (machine) => machine.build(machine.pop()),
  P: (machine, read) => machine.persistent(read.line()),
  Q: (machine) => machine.persistent(machine.pop()),
}

function asGlobal(value: Value): Global {
  if (value instanceof Global) return value
  throw malformed('it calls what is no class or function')
}

function asList(value: Value): Value[] {
  if (Array.isArray(value)) return value
  throw malformed('it passes arguments that are no tuple')
}

function extent(value: Value): number {
  if (value instanceof Map) return value.size
  return typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array ? value.length : 1
}

function malformed(what: string): CheckpointError {
  return new CheckpointError(
    'corrupt',
    `the pickle is malformed: ${what}`,
    'expected a pickle of protocol 0 to 5: fetch it again',
  )
}
