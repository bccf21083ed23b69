import { noAttack, noDefence } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { test } from 'vitest'
import { curves, dots, signs, soft, squares, universal } from './good/attacks.js'
import { coarse, gamma, levels, window } from './good/defences.js'
import { roughness } from './good/metrics.js'

conformance(roughness, test)
conformance(noAttack, test)
conformance(signs, test)
conformance(soft, test)
conformance(curves, test)
conformance(squares, test)
conformance(dots, test)
conformance(universal, test)
conformance(noDefence, test)
conformance(coarse, test)
conformance(gamma, test)
conformance(window, test)
conformance(levels, test)
