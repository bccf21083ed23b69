import { CupelError } from '@cupel/core'
import type { Tensor } from '@cupel/graph'
import { type Checkpoint, loadStrict } from '@cupel/graph/checkpoint'
import { fromHwio } from '@cupel/network-defence'
import type { Design } from './network.js'

/**
 * The convolutions of a network that MatConvNet saved (`net`, a SimpleNN), under the names `model.0.weight`, `model.0.bias`, `model.2.weight` ...
 *
 * @throws CupelError or CheckpointError naming the file and what is not as expected
 */
export async function readMatConvNet(checkpoint: Checkpoint, { layers, width }: Design): Promise<Map<string, Tensor>> {
  const all = checkpoint.at('net', 'layers')
  const convolutions = all.keys.filter((index) => all.at(index, 'type').value === 'conv')
  if (convolutions.length !== layers) {
    throw new CupelError(
      `${checkpoint.path} has ${convolutions.length} convolutions, expected ${layers}; fetch it again`,
    )
  }
  const state = new Map<string, Tensor>()
  for (const [i, index] of convolutions.entries()) {
    const [inputs, outputs] = [i === 0 ? 3 : width, i === layers - 1 ? 3 : width]
    const weights = all.at(index, 'weights')
    // A vector is a column or a row in MATLAB.
    const row = weights.tensors.get('1')?.shape[0] === 1
    const shapes = { '0': [3, 3, inputs, outputs], '1': row ? [1, outputs] : [outputs, 1] }
    const [kernel, bias] = [...(await loadStrict(weights, shapes)).values()]
    state.set(`model.${2 * i}.weight`, fromHwio(kernel!))
    state.set(`model.${2 * i}.bias`, { ...bias!, shape: [outputs] })
  }
  return state
}
