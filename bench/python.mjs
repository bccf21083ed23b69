import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Starts a Python script that uses `serve` of peer.py.
 *
 * @param script its name in this folder
 * @param args for the script
 * @returns { name, time, stop }: what it calls itself, a function that makes it work once and gives the milliseconds, and its end
 */
export async function python(script, ...args) {
  const child = spawn(
    process.env.PYTHON ?? '/usr/bin/python3',
    [fileURLToPath(new URL(script, import.meta.url)), ...args],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async () => {
    const { value, done } = await lines.next()
    if (done)
      throw new Error(`${script} ended without an answer; it needs python3-torch (PYTHON names the interpreter)`)
    return value
  }
  const name = await read()
  return {
    name,
    async time() {
      child.stdin.write('\n')
      return Number(await read())
    },
    async stop() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
