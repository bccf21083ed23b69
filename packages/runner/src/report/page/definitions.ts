import { IDENTICAL_PSNR } from '../cell.js'
import { type Markup, markup } from '../markup.js'

const source = markup`<var>x</var>`
const score = markup`<var>f</var>(<var>x</var>)`
const attacked = markup`<var>f</var>(<var>x</var><sub>a</sub>)`
const purified = markup`<var>f</var>(<var>p</var>(<var>x</var><sub>a</sub>))`
const purifiedClean = markup`<var>f</var>(<var>p</var>(<var>x</var>))`

/** How every number of the report is defined. */
export const definitions: Markup = markup`<p>${source} is a source image, <var>x</var><sub>a</sub> the same after the attack, rounded to 8 bits, <var>p</var> the defence, <var>f</var> the metric, <var>r</var> the width of the metric’s range. Means are over images; a random defence first takes the mean over its draws of an image. For lower-is-better metrics nothing is turned round except where said.</p>
<dl class="terms">
<dt>Gain</dt><dd><span class="formula">mean |${score} − ${purified}| / ${score}</span>The study’s measure, without an absolute value in the denominator: it is negative for negative source scores, grows without bound near 0, and is left out (with the reason) where a source score is 0. Use Gain over the range where scores can be 0 or less. On clean images it is the cost of the defence.</dd>
<dt>Gain over the range</dt><dd><span class="formula">mean |${score} − ${purified}| / <var>r</var></span>Defined for every score; compares metrics of different units. It is the follow-up benchmark’s robust_abs_gain.</dd>
<dt>SROCC</dt><dd><span class="formula">Spearman’s rank correlation of ${score} and ${purified} over images</span>Ties share their average rank. Undefined, and empty, below two images or where all scores are equal. Over several draws: the mean of each draw’s correlation.</dd>
<dt>Quality</dt><dd><span class="formula">mean (SSIM + PSNR / 80) / 2</span>Of the purified image beside its source, resized to its size if need be; SSIM with a 7×7 window, mean over channels. The PSNR of identical images is infinite and counts as ${IDENTICAL_PSNR}. (The study counts ${IDENTICAL_PSNR} in every row without an attack, also where a defence changed the image; this report only where the two images are identical.) <em>Registered</em>: beside the source in the same crop, flip or rotation.</dd>
<dt>Improvement</dt><dd><span class="formula">mean ±(${purified} − ${score})</span>In the units of the metric, signed so that positive is a better score than the source image has.</dd>
<dt>Both defended</dt><dd><span class="formula">mean |${purifiedClean} − ${purified}| / ${purifiedClean}</span>What remains of the attack once the defence’s effect on clean images is set aside. summary.csv also has it over the range.</dd>
<dt>Worst, median, variance</dt><dd>Of the gain over the draws of one image of a random defence, then the mean over images: one draw flatters a random defence. Unless told otherwise, a run draws one ten times where the attack is adaptive, and once elsewhere.</dd>
<dt>MOS</dt><dd>Spearman’s rank correlation with mean opinion scores (more is better), turned so that 1 is full agreement for either kind of metric: of ${score}, ${attacked}, ${purifiedClean} and ${purified}.</dd>
<dt>Intervals</dt><dd>95 % percentile bootstrap over images, 1000 resamples with a fixed seed, the same resamples for all cells of one size.</dd>
<dt>Adaptive, transfer</dt><dd>A <em>static</em> attacker knows the metric and not the defence; an <em>adaptive</em> one knows both; in a <em>transfer</em> the image was made against another metric.</dd>
</dl>
<p>The study is Gushchin et al., “Adversarial purification for no-reference image-quality metrics: applicability study and new methods”, arXiv:2404.06957; the follow-up benchmark is “Guardians of Image Quality”, arXiv:2408.01541.</p>`
