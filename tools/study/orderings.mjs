import { estimated, weighted } from './statistics.mjs'

const pixel = ['FGSM', 'Zhang', 'SSAH', 'Korhonen', 'MADC']
const cutting = ['resize', 'jpeg', 'gaussian-blur', 'median-blur']
const moving = ['flip', 'crop', 'rotate']

/** The least cut of a Gain by one of `cutting` that the study's table shows. */
const LEAST_CUT = 2.6

/** The same images for all: those that every defence has in every family, so that a difference is of one image with itself. */
function aligned(values) {
  const cells = Object.values(values).flatMap((families) => Object.values(families))
  const shared = cells.reduce((some, { images }) => some.filter((image) => images.includes(image)), cells[0].images)
  const cut = ({ images, gains, qualities }) => {
    const places = shared.map((image) => images.indexOf(image))
    return { gains: places.map((i) => gains[i]), qualities: places.map((i) => qualities[i]) }
  }
  const each = (object, of) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, of(value)]))
  return each(values, (families) => each(families, cut))
}

/**
 * What the study's table says of defences, asked of our own numbers. Each ordering has statements: a number, computed over images, that is
 * above a bound where the ordering holds. An interval wholly above the bound says that it does, one wholly below that it does not.
 *
 * @param measured by defence and family, images with the Gain and the quality of each
 */
export function orderings(measured) {
  const values = aligned(measured)
  const of = (what, family) => (defence) => weighted(values[defence][family][what])
  const gain = of('gains', 'all attacks')
  const clean = of('gains', 'clean')
  const quality = of('qualities', 'all attacks')
  const n = values.none['all attacks'].gains.length
  const least = (some) => (counts) => Math.min(...some.map((one) => one(counts)))
  const greatest = (some) => (counts) => Math.max(...some.map((one) => one(counts)))
  const less = (a, b) => (counts) => a(counts) - b(counts)

  const statement = (text, statistic, bound = 0) => {
    const { value, interval } = estimated(n, statistic)
    const [low, high] = interval ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    return { text, value, interval, bound, holds: low > bound ? true : high < bound ? false : null }
  }
  const ordering = (id, ...statements) => {
    const verdicts = statements.map(({ holds }) => holds)
    return { id, holds: verdicts.includes(false) ? false : verdicts.includes(null) ? null : true, statements }
  }

  const fcn = values.fcn ? ['fcn'] : []
  const rest = [...cutting, 'crop', 'rotate', ...fcn]
  const cuts = pixel.flatMap((family) => {
    const gains = of('gains', family)
    return cutting.map((defence) => ({
      name: `${family} by ${defence}`,
      factor: (counts) => gains('none')(counts) / gains(defence)(counts),
    }))
  })
  const whole = new Uint8Array(n).fill(1)
  const [weakest] = [...cuts].sort((a, b) => a.factor(whole) - b.factor(whole))
  const color = { gain: of('gains', 'AdvCF'), quality: of('qualities', 'AdvCF') }
  const cost = least(['gaussian-blur', 'jpeg'].map(clean))
  return {
    n,
    claims: [
      ordering(
        'a',
        statement('least Gain of the others, less that of flip', less(least(rest.map(gain)), gain('flip'))),
        statement('least quality of the others, less that of flip', less(least(rest.map(quality)), quality('flip'))),
      ),
      ordering(
        'b',
        statement(
          `least of the twenty factors (that of ${weakest.name})`,
          least(cuts.map(({ factor }) => factor)),
          LEAST_CUT,
        ),
      ),
      ...fcn.map(() =>
        ordering(
          'c',
          statement(
            'least Gain of the others against AdvCF, less that of FCN',
            less(least([...cutting, ...moving].map(color.gain)), color.gain('fcn')),
          ),
          statement(
            'quality of FCN against AdvCF, less the greatest of the others',
            less(color.quality('fcn'), greatest([...cutting, ...moving].map(color.quality))),
          ),
        ),
      ),
      ordering(
        'd',
        statement(
          'lesser Gain of crop and rotate, less the greatest of flip, resize, JPEG, blur and median',
          less(least(['crop', 'rotate'].map(gain)), greatest(['flip', ...cutting].map(gain))),
        ),
        statement(
          'Gain without a defence, less the greater of crop and rotate',
          less(gain('none'), greatest(['crop', 'rotate'].map(gain))),
        ),
      ),
      ordering(
        'e',
        statement(
          'lesser clean Gain of blur and JPEG, less the greatest of flip, crop and rotate',
          less(cost, greatest([...moving, ...fcn].map(clean))),
        ),
        statement(
          'lesser clean Gain of blur and JPEG, less the Gain of AdvCF without a defence',
          less(cost, color.gain('none')),
        ),
      ),
    ],
  }
}
