import { CupelError } from '@cupel/core'
import type { Checkpoint } from '@cupel/graph/checkpoint'
import type { Design } from './network.js'

type Dict = Map<unknown, unknown>

const dict = (value: unknown): Dict => (value instanceof Map ? value : new Map())

/**
 * The network that a file says it holds. LIIF's files name the classes they are to be built from, and their arguments.
 *
 * @throws CupelError for anything but EDSR features (edsr-baseline, unfolded 3 x 3) and an MLP with three outputs
 */
export function designOf(checkpoint: Checkpoint): Design {
  const model = dict(checkpoint.at('model').value)
  const args = dict(model.get('args'))
  const [encoder, imnet] = [dict(args.get('encoder_spec')), dict(args.get('imnet_spec'))]
  const [ofEncoder, ofImnet] = [dict(encoder.get('args')), dict(imnet.get('args'))]
  const hidden = ofImnet.get('hidden_list')
  const expected: readonly (readonly [string, unknown, unknown])[] = [
    ['model', model.get('name'), 'liif'],
    ['encoder', encoder.get('name'), 'edsr-baseline'],
    ['encoder without upsampling', ofEncoder.get('no_upsampling'), true],
    ['decoder', imnet.get('name'), 'mlp'],
    ["decoder's outputs", ofImnet.get('out_dim'), 3],
    ['unfolded features', args.get('feat_unfold') ?? true, true],
    ['side of unfolded features', args.get('feat_unfold_kernel') ?? 3, 3],
    ['scale of residual blocks', ofEncoder.get('res_scale') ?? 1, 1],
    ['hidden layers', Array.isArray(hidden) && hidden.length > 0, true],
  ]
  const wrong = expected.filter(([, found, wanted]) => found !== wanted)
  if (wrong.length > 0) {
    const list = wrong.map(([what, found, wanted]) => `${what}: ${found}, expected ${wanted}`).join('; ')
    throw new CupelError(
      `${checkpoint.path} specifies another network than DISCO's (${list}); fetch disco_pgd.pth again`,
    )
  }
  return {
    width: Number(ofEncoder.get('n_feats') ?? 64),
    blocks: Number(ofEncoder.get('n_resblocks') ?? 16),
    hidden: hidden as number[],
    cell: (args.get('cell_decode') ?? true) === true,
  }
}
