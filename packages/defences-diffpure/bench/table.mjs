// DiffPure with BF_CNN beside blur and JPEG, against I-FGSM on CNNIQA: Gain and quality as the study defines them.
//   node bench/table.mjs rows IMAGE... > rows.jsonl     measures, a line for each image and defence (packages built, weights present)
//   node bench/table.mjs table rows.jsonl ...           prints the table of all lines
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import ifgsm from '@cupel/attacks-ifgsm'
import { createRandom, quantised } from '@cupel/core'
import diffpure from '@cupel/defences-diffpure'
import gaussianBlur from '@cupel/defences-gaussian-blur'
import jpeg from '@cupel/defences-jpeg'
import unsharp from '@cupel/defences-unsharp'
import { psnr, ssim } from '@cupel/full-reference'
import { readImage } from '@cupel/image'
import cnniqa from '@cupel/metrics-cnniqa'

/** Steps on the way back: five for every t, so that the table takes minutes and not hours. */
const STEPS = 5
const sweep = [5, 10, 20, 30, 50, 100, 150]

async function rows(paths) {
  const metric = cnniqa()
  const attack = ifgsm()
  const sharpen = unsharp()
  const defences = [
    ['none', undefined],
    ['gaussian-blur', gaussianBlur()],
    ['jpeg', jpeg()],
    ...sweep.map((t) => [`diffpure t=${t}`, diffpure({ t, steps: STEPS })]),
  ]
  for (const path of paths) {
    const source = await readImage(path)
    const clean = await metric.score(source)
    const context = { random: createRandom(0).fork(basename(path)), signal: new AbortController().signal }
    const attacked = quantised(await attack.run(source, metric, context))
    const report = async (defence, purified) => {
      const score = await metric.score(purified)
      const [s, p] = [ssim(purified, source), psnr(purified, source)]
      console.log(JSON.stringify({ image: basename(path), defence, clean, score, ssim: s, psnr: p }))
    }
    for (const [name, defence] of defences) {
      const purified = defence ? await defence.purify(attacked, context) : attacked
      await report(name, purified)
      if (name.startsWith('diffpure')) await report(`${name}, unsharp`, await sharpen.purify(purified))
    }
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const interval = (values) => {
  const centre = mean(values)
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
  return `${centre.toFixed(3)} ± ${((1.96 * deviation) / Math.sqrt(values.length)).toFixed(3)}`
}

function table(files) {
  const all = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  const counts = new Map()
  for (const { image } of all) counts.set(image, (counts.get(image) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const whole = all.filter(({ image }) => counts.get(image) === most)
  console.log(`n = ${new Set(whole.map(({ image }) => image)).size} images\n`)
  console.log('| defence | Gain | quality | SSIM | PSNR, dB |\n|---|---|---|---|---|')
  const names = [...new Set(whole.map(({ defence }) => defence))]
  for (const name of names) {
    const found = whole.filter(({ defence }) => defence === name)
    const gain = interval(found.map(({ clean, score }) => Math.abs(clean - score) / clean))
    const quality = interval(found.map((row) => (row.ssim + row.psnr / 80) / 2))
    const [s, p] = [mean(found.map((row) => row.ssim)), mean(found.map((row) => row.psnr))]
    console.log(`| ${name} | ${gain} | ${quality} | ${s.toFixed(3)} | ${p.toFixed(1)} |`)
  }
}

const [what, ...args] = process.argv.slice(2)
if (what === 'rows') await rows(args)
else if (what === 'table') table(args)
else throw new Error('expected "rows IMAGE..." or "table FILE..."')
