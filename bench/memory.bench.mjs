// Peak resident memory of a process that takes a network from its checkpoint to three gradients (or scores) of one 299x299 image,
// beside one of PyTorch that makes the weights in place; and how long the first score of the largest metric takes.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { saveTorch, seededState } from '@cupel/metric-parity'
import { rounded } from './measure.mjs'
import { layersOf } from './memory.mjs'

const at = (name) => fileURLToPath(new URL(name, import.meta.url))
const output = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim()
const bytesIn = (state) => [...state.values()].reduce((sum, { data }) => sum + data.byteLength, 0)

export default async function memory() {
  const rows = []
  for (const [name, what] of [
    ['resnet50', 'gradient'],
    ['vgg16', 'gradient'],
    ['linearity', 'score'],
    ['linearity', 'gradient'],
  ]) {
    const folder = mkdtempSync(join(tmpdir(), 'cupel-bench-'))
    const path = join(folder, 'checkpoint.pth')
    const state = seededState(layersOf(name).shapes)
    // An optimizer keeps two numbers for each weight: they are to be left where they are.
    saveTorch(path, new Map(Object.entries({ model: state, optimizer: new Map([0, 1].map((i) => [`${i}`, state])) })))
    const [peak, first] = output(process.execPath, at('memory.mjs'), name, what, '299', '299', path)
      .split(' ')
      .map(Number)
    const [, peer_name, peer] = /^(.*) ([\d.]+)$/.exec(
      output(process.env.PYTHON ?? '/usr/bin/python3', at('memory.py'), name, what, '299', '299'),
    )
    rmSync(folder, { recursive: true })
    const row = (title, unit, ours, other, theirs, goal) =>
      rows.push({
        name: `${name}: ${title}`,
        unit,
        ours: rounded(ours),
        peer_name: other,
        peer: rounded(theirs),
        ratio: rounded(ours / theirs),
        goal,
      })
    const result = what === 'score' ? 'score' : 'score and gradient'
    row(`peak memory of ${result} at 299x299`, 'MB', peak, peer_name, Number(peer), 1)
    if (name === 'linearity' && what === 'score') {
      row('peak memory of opening it to score, beside its weights', 'MB', peak, 'the weights', bytesIn(state) / 1e6, 3)
      row('from its checkpoint to the first score', 'ms', first, 'the time allowed', 10_000, 1)
    }
    console.error(rows.slice(-3))
  }
  return rows
}
