import { readFileSync } from 'node:fs'
import zhang from '@cupel/attacks-zhang'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(zhang, test))

parity('Zhang, SSIM', zhang(), recording('ssim'), 'change', test)
