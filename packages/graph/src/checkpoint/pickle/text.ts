import { CheckpointError } from '../error.js'
import { integer } from './cursor.js'

/** An integer in decimal text, as protocol 0 writes it; 00 and 01 are False and True. */
export function longLine(line: string): number | bigint | boolean {
  if (line === '00' || line === '01') return line === '01'
  if (!/^-?\d{1,400}$/.test(line)) throw new CheckpointError('corrupt', 'the pickle has an integer that is none')
  return integer(BigInt(line))
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }

/** A Python 2 string in quotes, with its escapes. */
export function quotedLine(line: string): string {
  const quoted = /^(['"])(.*)\1$/s.exec(line)
  if (quoted === null) throw new CheckpointError('corrupt', 'the pickle has a text without quotes')
  return quoted[2]!.replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/gs, (_, hex, octal, char) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    return octal !== undefined ? String.fromCharCode(Number.parseInt(octal, 8)) : (escapes[char] ?? char)
  })
}

/** Text in Python's raw-unicode-escape encoding. */
export const rawUnicode = (line: string): string =>
  line.replace(/\\u([0-9a-fA-F]{4})|\\U00(0[0-9a-fA-F]{5}|10[0-9a-fA-F]{4})/g, (_, four, six) => {
    return String.fromCodePoint(Number.parseInt(four ?? six, 16))
  })
