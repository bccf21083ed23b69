import { readFileSync } from 'node:fs'
import uap from '@cupel/attacks-uap'
import { conformance } from '@cupel/core/conformance'
import { imageIn, type Recording, smallNetwork, trainingParity } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))
const x = imageIn(recording, recording.source)

describe('conformance', () => conformance(uap, test))

trainingParity('UAP', uap, { amplitude: 1, eps: '16/255', size: 8, epochs: 3, lr: 0.01 }, recording, test)

test('untrained, or trained with another size, it says what to do', async () => {
  await expect(uap().run(x, smallNetwork())).rejects.toThrow(/--train/)
  await expect(uap.open({ size: 8 }, { prepared: new Uint8Array(12) })).rejects.toThrow(/train it again/)
})
