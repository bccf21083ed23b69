import { z } from 'zod'
export { z }
export const options = z.object({ quality: z.number().default(3) })
export function f(o: z.input<typeof options>) { return options.parse(o) }
