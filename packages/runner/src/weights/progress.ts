import { Presets, SingleBar } from 'cli-progress'
import { clock } from '../progress.js'
import { size } from './size.js'

/** Shows how much of a file has come. */
export interface BytesShown {
  update(have: number, total: number | undefined): void
  stop(): void
}

/**
 * Shows on standard error how much of a file has come: a bar on a terminal, elsewhere a plain line every few seconds.
 *
 * @param every milliseconds between lines where there is no terminal
 */
export function showBytes(file: string, every = 5000): BytesShown {
  const stream = process.stderr
  let [started, before, spoken] = [0, 0, 0]
  let bar: SingleBar | undefined
  const line = (have: number, total: number | undefined): string => {
    const seconds = (performance.now() - started) / 1000
    const rate = (have - before) / seconds
    const of = total === undefined ? '' : ` of ${size(total)} (${Math.floor((100 * have) / total)} %)`
    // What is in the buffers already says nothing about the rate.
    if (seconds < 1 || have === before) return `${file}: ${size(have)}${of}`
    const left = total === undefined ? '' : `, ${clock((total - have) / rate)} left`
    return `${file}: ${size(have)}${of}, ${size(rate)}/s${left}`
  }
  return {
    update(have, total) {
      const now = performance.now()
      if (started === 0) {
        // What an earlier try brought does not count for the rate.
        ;[started, before, spoken] = [now, have, now]
        if (stream.isTTY) {
          // gracefulExit would swallow the first Ctrl-C.
          const options = { format: '{bar} {line}', stream, clearOnComplete: true, gracefulExit: false, barsize: 24 }
          bar = new SingleBar(options, Presets.shades_classic)
          bar.start(total ?? 0, have, { line: line(have, total) })
        }
      }
      if (bar) {
        if (total !== undefined) bar.setTotal(total)
        bar.update(have, { line: line(have, total) })
      } else if (now - spoken >= every) {
        spoken = now
        stream.write(`${line(have, total)}\n`)
      }
    },
    stop() {
      bar?.stop()
      bar = undefined
      started = 0
    },
  }
}
