import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, type Project, picture, readRows } from './support/project.js'

let project: Project
beforeAll(async () => {
  project = makeProject({ packages: ['network-defence'], installed: { energy: 'metric', centred: 'defence' } })
  project.write('images/large.png', await picture(1, 96, 80))
  project.write('images/small.png', await picture(1))
  const plugins = ['push', 'centred-smooth'].map((name) => `plugins/${name}.mjs`)
  const defences = 'centred,centred-tile,centred-smooth'
  project.write('run.json', JSON.stringify({ plugins, images: ['images'], metrics: 'energy', defences }))
})
afterAll(() => project.remove())

test('of a network that looks at the whole image, exactly the rows say so whose image was cut into tiles', async () => {
  const run = ['run', '--config', 'run.json', '--attacks', 'push', '--out', 'out']
  const first = await project.cupel(run)
  expect(first.stderr).toMatch(/ 14 ok, 0 failed, 2 n\/a/)
  const rows = await readRows(project.path('out', 'rows.csv'))
  for (const { attack, defence, image, status, reason, flags, notes } of rows) {
    const large = image!.includes('large')
    if (defence === 'centred' && large) {
      expect(status).toBe('n/a')
      expect(reason).toMatch(/up to 1,920 pixels, found 96 x 80.*large: 'tile'/)
      continue
    }
    const cut = large && defence !== 'none'
    expect([attack, defence, image, flags]).toEqual([attack, defence, image, cut ? 'tiled' : ''])
    const noted = notes ? JSON.parse(notes) : {}
    if (cut) expect(noted.tiles).toBeGreaterThan(1)
    else expect(noted.tiles).toBeUndefined()
  }
  // Once more, from what is stored.
  const again = await project.cupel(run)
  expect(again.stderr).toMatch(/ 14 ok, 0 failed, 2 n\/a/)
  const stored = await readRows(project.path('out', 'rows.csv'))
  const marks = (all: typeof rows) => all.map(({ flags, notes }) => [flags, notes])
  expect(marks(stored)).toEqual(marks(rows))
})

test('purify and score say so too, of the image that was cut', async () => {
  const tiled = /\(tiled: .* in tiles that know nothing of one another/
  for (const command of [
    ['purify', 'centred-tile', 'images', 'purified'],
    ['score', 'energy', 'images', '--defence', 'centred-tile'],
  ]) {
    const [large, small] = (await project.cupel(command)).stdout.trimEnd().split('\n')
    expect(large).toContain('large.png')
    expect(large).toMatch(tiled)
    expect(small).toContain('small.png')
    expect(small).not.toMatch(tiled)
    const listed = JSON.parse((await project.cupel([...command, '--json'])).stdout)
    expect(listed).toMatchObject([{ notes: { flag: 'tiled' } }, { notes: {} }])
  }
})
