// The least time that a network's score and gradient can take on this machine: its multiplications and additions at the rate at which
// one core does nothing else.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Graph } from '@cupel/graph'

/**
 * GFLOP of the score and its gradient with respect to the image: two for each multiplication and addition of a convolution or matrix
 * product of the score, and as many again, since the gradient takes each of them once more. Everything else counts as nothing.
 */
export function arithmetic(score, width, height) {
  const g = new Graph('network')
  g.output('score', score(g, g.input('image', [1, 3, height, width])))
  const size = (shape) => shape.reduce((product, side) => product * side, 1)
  const sums = g.nodes.map(({ op, inputs, outputs }) => {
    const [a, b, y] = [...inputs.slice(0, 2), outputs[0]].map((name) => name && g.value(name).shape)
    if (op === 'Conv') return size(y) * size(b.slice(1))
    if (op === 'Gemm' || op === 'MatMul') return size(y) * a.at(-1)
    return 0
  })
  return (4 * sums.reduce((total, sum) => total + sum, 0)) / 1e9
}

/** GFLOP a second of one core, by peak.c; undefined where there is no C compiler or it is not x86 with AVX2. */
export function rate() {
  const folder = mkdtempSync(join(tmpdir(), 'cupel-bench-'))
  try {
    const source = fileURLToPath(new URL('peak.c', import.meta.url))
    execFileSync('cc', ['-O3', '-march=native', '-o', join(folder, 'peak'), source], { stdio: 'ignore' })
    return Number(execFileSync(join(folder, 'peak'), { encoding: 'utf8' }))
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
