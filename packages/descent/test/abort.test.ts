import { createRandom, type Image, imageOf, type Metric } from '@cupel/core'
import { adversarial, epochs, oracle, perturb, randomSearch, sign } from '@cupel/descent'
import { expect, test } from 'vitest'

const image = imageOf(4, 4, () => 0.5)

/** Takes a millisecond of the thread, and never lets go of it. */
function busy(): void {
  for (const end = performance.now() + 1; performance.now() < end; );
}

const metric: Metric = {
  better: 'higher',
  range: [0, 1],
  async score() {
    busy()
    return 0
  },
  async gradient({ data }) {
    busy()
    return { score: 0, gradient: data.map(() => 1), kind: 'exact' }
  },
}

async function* one(): AsyncGenerator<Image> {
  yield image
}

test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
  [
    'a descent',
    (signal) =>
      perturb(image, adversarial(metric), { steps: 300, context: { signal }, optimiser: sign(0.01), constraints: [] }),
  ],
  [
    'a search',
    (signal) =>
      randomSearch(
        oracle(metric, 300, { signal }),
        [image],
        (state) => state,
        (state) => state,
      ),
  ],
  [
    'a training',
    async (signal) => {
      for await (const x of epochs(one(), 300, { signal, random: createRandom(0) })) await metric.score(x)
    },
  ],
])('a timer stops %s on a metric that keeps the thread to itself', async (_, run) => {
  await expect(run(AbortSignal.timeout(10))).rejects.toThrow('timeout')
})
