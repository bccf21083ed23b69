import { crc32, deflateRawSync } from 'node:zlib'
export interface Member {
  readonly name: string
  readonly content: Uint8Array
}

/** A zip file with right checksums and sizes, so that whatever is wrong is inside of the members. */
export function zip(members: readonly Member[], deflate: boolean): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content } of members) {
    const packed = deflate ? deflateRawSync(content, { level: 1 }) : Buffer.from(content)
    const title = Buffer.from(name)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(deflate ? 8 : 0, 4)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(content.length, 18)
    facts.writeUInt16LE(title.length, 22)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, title, packed])
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), facts, rest, title]))
    parts.push(local)
    at += local.length
  }
  const end = Buffer.alloc(18)
  end.writeUInt16LE(members.length, 4)
  end.writeUInt16LE(members.length, 6)
  end.writeUInt32LE(Buffer.concat(directory).length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...parts, ...directory, Buffer.from('PK\x05\x06'), end])
}
