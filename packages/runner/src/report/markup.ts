/** HTML or SVG text that is safe to place in a document: whatever it was made from is escaped. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text
  }
}

/** What a template may hold: text and numbers are escaped, nothing is left out of null, undefined and false. */
export type Child = Markup | string | number | null | undefined | false | readonly Child[]

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function render(child: Child): string {
  if (child === null || child === undefined || child === false) return ''
  if (child instanceof Markup) return child.text
  if (Array.isArray(child)) return child.map(render).join('')
  return String(child).replace(/[&<>"']/g, (character) => escapes[character]!)
}

/** Template of HTML or SVG: markup`<b>${name}</b>`. */
export const markup = (strings: TemplateStringsArray, ...children: readonly Child[]): Markup =>
  new Markup(strings.reduce((text, string, i) => text + render(children[i - 1]) + string))
