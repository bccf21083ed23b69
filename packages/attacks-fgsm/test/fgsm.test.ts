import { readFileSync } from 'node:fs'
import fgsm from '@cupel/attacks-fgsm'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(fgsm, test))

parity('FGSM', fgsm({ eps: '10/255' }), recording('default'), 'values', test)
