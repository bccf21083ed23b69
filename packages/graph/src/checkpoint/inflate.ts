import { Readable } from 'node:stream'
import type { Inflate, InflateRaw } from 'node:zlib'
import { CheckpointError, guarding } from './error.js'

/**
 * Unpacks exactly `size` bytes (`all`: what is packed must be of that size; `head`: the rest stays packed). No more than
 * that is held, whatever the packed data go on to say.
 */
export async function inflated(
  unpacker: Inflate | InflateRaw,
  packed: AsyncIterable<Uint8Array>,
  size: number,
  part: 'all' | 'head',
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  let done = 0
  await guarding('its compressed data are damaged', async () => {
    const source = Readable.from(packed)
    source.on('error', (error) => unpacker.destroy(error))
    try {
      for await (const chunk of source.pipe(unpacker) as AsyncIterable<Buffer>) {
        if (part === 'all' && chunk.length > size - done) throw mismatch(size, 'more')
        bytes.set(chunk.subarray(0, size - done), done)
        done = Math.min(size, done + chunk.length)
        if (part === 'head' && done === size) break
      }
    } finally {
      source.destroy()
      unpacker.destroy()
    }
  })
  if (done < size) throw mismatch(size, 'less')
  return bytes
}

const mismatch = (size: number, found: 'more' | 'less'): CheckpointError =>
  new CheckpointError(
    'corrupt',
    `its header states ${size} unpacked bytes and the data unpack to ${found}`,
    'fetch the file again',
  )
