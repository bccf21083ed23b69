/** Everything that is made of rows: numbers, pictures, tables and files. Nothing here touches a file, a clock or a plugin. */
export type { Figure } from './drawing.js'
export { ROW_COLUMNS, rowsCsv, rowsParquet, summaryCsv } from './export.js'
export { figures } from './figures.js'
export type { Example, ExamplePanel } from './page/examples.js'
export { type Report, renderReport } from './page/index.js'
export { type Summary, type SummaryOptions, summarise, whyMissing } from './summary.js'
export { summaryTables, type TableOptions } from './table.js'
