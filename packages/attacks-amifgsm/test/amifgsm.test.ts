import { readFileSync } from 'node:fs'
import amifgsm from '@cupel/attacks-amifgsm'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(amifgsm, test))

parity('AMI-FGSM', amifgsm(), recording('default'), 'values', test)
