import { discover } from '../../packages/runner/dist/index.js'

/** The attacks of the study that run without files that are not at hand, by the families that it pools them in. */
export const families = {
  'all attacks': ['ifgsm', 'mifgsm', 'amifgsm', 'zhang-ssim', 'ssah', 'korhonen', 'madc', 'advcf'],
  AdvCF: ['advcf'],
  FGSM: ['ifgsm', 'mifgsm', 'amifgsm'],
  Zhang: ['zhang-ssim'],
  SSAH: ['ssah'],
  Korhonen: ['korhonen'],
  MADC: ['madc'],
  clean: ['none'],
}

/** Metrics with a gradient, and those that give scores only; CNNIQA needs its file, the others nothing. */
const smooth = ['cnniqa?', 'nss']
const scoring = ['niqe', 'piqe']
const others = ['brisque?']

/** Defences that are networks, and DiffPure, which walks through one: five strides in place of thirty. */
const networks = ['ffdnet?', 'dncnn?', 'bf-cnn?', 'comdefend?', 'esrgan', 'mprnet?', 'real-esrgan?', 'disco?']
const diffusion = ['diffpure-in-5?', 'diffpure-unsharp-in-5?']
/** A minute an image on WebAssembly. */
const slow = ['maxim?']
const variants = { defence: { 'diffpure-in-5': { of: 'diffpure', options: { steps: 5 } } } }
const chains = { 'diffpure-unsharp-in-5': ['diffpure-in-5', 'unsharp'] }

/** Trained attacks are trained on the first so many training images: UAP and FACPA see each ten times, for half a second at most. */
export const TRAINED_ON = 320

const factsOf = ({ plugin }) => plugin.facts(plugin.parse({}))

/**
 * The matrices, those that matter most first. Each has a name, the L-infinity that attacks are held to if they are, in which part of the
 * study it is shown, and the options of its run.
 */
export async function matrices(root, { images, train }) {
  const catalogue = await discover(root, [])
  const attacks = [...catalogue.attack].filter(([name]) => name !== 'none').sort()
  const of = (needs) => attacks.filter(([, one]) => factsOf(one).needs === needs)
  const names = (some) => some.map(([name]) => name)
  const white = of('gradient')
  const black = of('score').map(([name, one]) => [`${name}-1000`, one])
  const isBounded = ([, one]) => ((knob) => knob?.budget && knob.measure === 'linf')(factsOf(one).knob)
  const bounded = (some) => names(some.filter(isBounded))
  const tried = names([...white, ...black].filter((one) => !isBounded(one)))
  const later = ['none', ...networks, ...slow].map((name) => name.replace('?', ''))
  const isQuick = ([name, one]) => Object.keys(factsOf(one).weights).length === 0 && !later.includes(name)
  const filters = [...names([...catalogue.defence].filter(isQuick)).sort(), 'fcn?']

  const matrix = (name, n, options, facts = {}) => ({
    name,
    ...facts,
    options: {
      metrics: smooth,
      attacks: 'none',
      defences: 'none',
      train: train.slice(0, TRAINED_ON),
      variants,
      chains,
      ...options,
      images: images.slice(0, n),
    },
  })
  const strong = (k) => {
    const at = (name, n, attacks) => matrix(`${name}-${k}`, n, { attacks, strength: `linf=${k}/255` }, { linf: k })
    return [at('white-box', 80, bounded(white)), at('calibrated', 20, tried), at('black-box', 20, bounded(black))]
  }
  const study = families['all attacks']
  return [
    matrix('white-box', 80, { attacks: names(white) }),
    matrix(
      'clean',
      80,
      { metrics: [...smooth, ...scoring, ...others], defences: [...filters, ...networks] },
      { shown: 'clean' },
    ),
    matrix('filters', 80, { attacks: study, defences: filters }, { shown: 'filters' }),
    matrix('black-box', 20, { attacks: names(black), defences: filters }, { shown: 'black-box' }),
    ...strong(8),
    matrix('networks', 80, { attacks: study, defences: networks }, { shown: 'networks' }),
    matrix('diffusion', 80, { attacks: study, defences: diffusion }, { shown: 'diffusion' }),
    matrix('slow', 4, { metrics: smooth.slice(0, 1), attacks: study, defences: slow }, { shown: 'slow' }),
    matrix(
      'scores-only',
      20,
      { metrics: scoring, attacks: names([...black, ...white]), defences: filters },
      { shown: 'black-box' },
    ),
    ...strong(4),
    ...strong(2),
  ]
}
