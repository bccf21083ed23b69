/** The items by what `key` says of them, in the order in which each key is first met. */
export function groupBy(items, key) {
  const groups = new Map()
  for (const item of items) {
    const name = key(item)
    if (!groups.has(name)) groups.set(name, [])
    groups.get(name).push(item)
  }
  return groups
}
