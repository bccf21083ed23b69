/** Coefficients of Lanczos' approximation with g = 7 (Godfrey), good to 15 digits for positive arguments. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** The logarithm of the gamma function of a positive number. */
export function logGamma(x: number): number {
  // The series is best above 1/2: Gamma(x) = Gamma(x + 1) / x.
  if (x < 0.5) return logGamma(x + 1) - Math.log(x)
  const z = x - 1
  const sum = lanczos.reduce((a, c, i) => (i === 0 ? c : a + c / (z + i)), 0)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** The gamma function of a positive number. */
export const gamma = (x: number): number => Math.exp(logGamma(x))
