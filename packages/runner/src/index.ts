/**
 * The matrix runner as a library; the `cupel` command is this with arguments.
 *
 * @packageDocumentation
 */
export { type RunOptions, resolveOptions, runOptions } from './config.js'
export type { RunManifest } from './manifest.js'
export { type Results, readOutputs, writeOutputs } from './outputs.js'
export type { Steps } from './plan/plan.js'
export { type Catalogue, discover, findRoot, type Installed } from './plugins/discover.js'
export * from './report/index.js'
export type { Row, Status, Threat } from './rows.js'
export { dryRun, type RunContext, type RunResult, run } from './run.js'
