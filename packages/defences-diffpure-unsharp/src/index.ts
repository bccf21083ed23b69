/**
 * DiffPure, then unsharp masking to restore the sharpness that purification takes: the combination that the study reports beside DiffPure.
 *
 * Nie et al., "Diffusion models for adversarial purification", ICML 2022, arXiv:2205.07460, in Gushchin et al., arXiv:2404.06957.
 * Differs from the reference in nothing but its two parts: see @cupel/defences-diffpure and @cupel/defences-unsharp, whose defaults it takes.
 */
import { defineChain, link } from '@cupel/core'
import diffpure from '@cupel/defences-diffpure'
import unsharp from '@cupel/defences-unsharp'

/** p(x) = unsharp(diffpure(x)). */
export const diffpureUnsharp = defineChain({
  name: 'diffpure-unsharp',
  summary: 'DiffPure, then unsharp masking',
  paper:
    'Nie et al., Diffusion models for adversarial purification, ICML 2022, arXiv:2205.07460; the chain: Gushchin et al., arXiv:2404.06957',
  links: [link(diffpure), link(unsharp)],
})

export default diffpureUnsharp
