// What a plugin needs beside its own package, for the generated pages.

/** The files that a plugin and its variants need, by the variant that first asks for them, the plugin itself first; each file once. */
export function filesOf(plugin) {
  const known = new Set()
  return [[plugin.name, {}], ...Object.entries(plugin.variants)].flatMap(([variant, options]) => {
    const files = Object.values(plugin.facts(plugin.parse(options)).weights).filter(({ file }) => !known.has(file))
    for (const { file } of files) known.add(file)
    return files.length > 0 ? [{ variant, files }] : []
  })
}

/** Files and npm packages as a list for people; `told` says what of a file. */
export function listed(plugin, { cupel: { models = {} } }, told) {
  const files = filesOf(plugin).map(
    ({ variant, files }) => `${variant === plugin.name ? '' : `for ${variant}: `}${files.map(told).join(', ')}`,
  )
  const packages = Object.entries(models).map(([name, size]) => `npm package ${name} (${size})`)
  return [...files, ...packages].join('; ')
}
