// The pool of @cupel/graph: twelve gradients of ResNet-18 at 299x299 on two workers beside one.
import { classifier } from '@cupel/backbones'
import { differentiate, graph, openPool, pixels } from '@cupel/graph'
import { picture, seededState } from '@cupel/metric-parity'
import { alternating, timed } from './measure.mjs'

export default async function pool() {
  const resnet = classifier('resnet18')
  const g = graph('resnet18')
  const image = g.input('image', [1, 3, 299, 299])
  g.output('score', resnet(image, g.parameters(seededState(resnet.shapes))).sum())
  const model = differentiate(g.model(), { of: 'score', wrt: 'image' })
  const feeds = { image: pixels(picture(299, 299)) }
  const [one, two] = [await openPool(model, { workers: 1 }), await openPool(model, { workers: 2 })]
  const twelve = (workers) => () => timed(() => Promise.all(Array.from({ length: 12 }, () => workers.run(feeds))))
  const times = await alternating({ ours: twelve(two), peer: twelve(one), rounds: 9, warmUp: 2 })
  await Promise.all([one.dispose(), two.dispose()])
  return [{ name: 'graph pool: two workers beside one', unit: 'ms', ...times, peer_name: 'one worker', goal: 0.5405 }]
}
