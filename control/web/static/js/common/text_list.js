// Lines of text in a list.
import {element} from './dom.js'

/** Let a list have these lines; it is hidden where there are none. */
export function list(node, lines) {
  node.hidden = !lines.length
  node.replaceChildren(...lines.map((line) => element('li', {}, line)))
}
