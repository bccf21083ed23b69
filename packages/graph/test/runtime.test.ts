import { createRequire } from 'node:module'
import { listSupportedBackends } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { graph, open, runtime } from '../src/index.js'

test('the runtime is the one that computes, with every provider that it has for this platform', async () => {
  const installed = createRequire(import.meta.url)('onnxruntime-node/package.json')
  const { name, version, providers, passedOver } = runtime()
  const absent = passedOver.map((one) => one.name)
  expect([name, version]).toEqual(['onnxruntime-node', installed.version])
  expect([...providers, ...absent].sort()).toEqual(
    listSupportedBackends()
      .map((one) => one.name)
      .sort(),
  )
  expect(providers).toContain('cpu')
  const g = graph()
  g.output('y', g.input('x', [1]).relu())
  // What it says is not installed cannot be opened; the refusal says so.
  for (const device of ['cuda', 'webgpu'] as const)
    if (absent.includes(device))
      await expect(open(g.model(), { device })).rejects.toThrow(/its provider is not installed/)
})
