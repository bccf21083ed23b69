import { Presets, SingleBar } from 'cli-progress'

/** Tells a person how far something is. */
export interface Progress {
  /** @param done how much is done, of the total */
  update(done: number, what?: string): void
  stop(): void
}

/** A time for a person: `2 h 5 min`, `3 min 20 s`, `8 s`. */
export const clock = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '?'
  const whole = Math.ceil(seconds)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`
}

/**
 * Progress on standard error: a bar that is redrawn on a terminal, a plain line every few seconds elsewhere. Work that is over within a
 * second shows nothing there.
 *
 * @param label what is counted, for example `steps`
 */
export function showProgress(total: number, label: string): Progress {
  const terminal = process.stderr.isTTY === true
  const started = performance.now()
  const line = (done: number, what: string): string => {
    const seconds = (performance.now() - started) / 1000
    const rate = done / seconds
    return `${done}/${total} ${label}  ${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)}/s  ${clock((total - done) / rate)} left  ${what}`
  }
  if (!terminal) {
    let spoken = started
    return {
      update(done, what = '') {
        // Often at first, seldom in long runs.
        if (performance.now() - spoken < Math.max(5000, (performance.now() - started) / 20)) return
        spoken = performance.now()
        process.stderr.write(`${line(done, what)}\n`)
      },
      stop() {},
    }
  }
  const bar = new SingleBar(
    { format: '{bar} {line}', stream: process.stderr, hideCursor: true, clearOnComplete: true, fps: 5, barsize: 24 },
    Presets.shades_classic,
  )
  bar.start(total, 0, { line: '' })
  return {
    update: (done, what = '') => bar.update(done, { line: line(done, what) }),
    stop: () => bar.stop(),
  }
}
