import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Defence, imageOf } from '@cupel/core'

/**
 * What a defence says whose weights are not there.
 *
 * @param open gives the defence, which looks for its weights where CUPEL_CACHE says
 * @throws Error if it purifies an image without them
 */
export async function withoutWeights(open: () => Defence): Promise<string> {
  const { CUPEL_CACHE } = process.env
  const empty = mkdtempSync(join(tmpdir(), 'cupel-defence-'))
  process.env['CUPEL_CACHE'] = empty
  try {
    return await open()
      .purify(imageOf(8, 8, () => 0.5))
      .then(
        () => Promise.reject(new Error('it purified an image without its weights')),
        (error: Error) => error.message,
      )
  } finally {
    if (CUPEL_CACHE === undefined) delete process.env['CUPEL_CACHE']
    else process.env['CUPEL_CACHE'] = CUPEL_CACHE
    rmSync(empty, { recursive: true })
  }
}
