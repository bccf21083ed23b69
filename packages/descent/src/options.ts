import { z } from '@cupel/core'

const ratio = /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/

/** A number, or a fraction written as text such as '8/255'. */
const number = z.union([
  z.number(),
  z
    .string()
    .regex(ratio, "expected a number or a fraction such as '8/255'")
    .transform((text) => {
      const [, above, below] = ratio.exec(text)!
      return Number(above) / Number(below)
    }),
])

/** An amount of change of a value in 0..1, given as a number or as a fraction such as '1/255'. */
export const amount = (max = 1) => number.pipe(z.number().min(0).max(max))

/**
 * An L-infinity budget in 0..1, given as a number or as a fraction such as '8/255'. Attacked images are kept with 8
 * bits a value, so a budget off that grid is rounded down to it: rounding the image then never oversteps the budget.
 */
export const budget = () =>
  number.pipe(
    z
      .number()
      .min(0)
      .max(1)
      // 8/255 times 255 is not always 8 in floating point.
      .overwrite((eps) => Math.floor(eps * 255 + 1e-6) / 255),
  )

/** A number of iterations. */
export const iterations = () => z.int().min(0).max(100_000)

/** A learning rate or step size, 0 or more. */
export const rate = () => z.number().min(0).max(10)

/** A budget of queries. */
export const queries = () => z.int().min(1).max(10_000_000)
