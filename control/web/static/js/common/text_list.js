// Lines of text in a list.
import {element} from './dom.js'
import {external} from './safe_link.js'

/**
 * Let a list have these lines; it is hidden where there are none.
 *
 * @param {HTMLElement} node
 * @param {(string|{text: string, href: string})[]} lines
 */
export function list(node, lines) {
  node.hidden = !lines.length
  node.replaceChildren(...lines.map((line) => element('li', {}, line.href ? external(line.href, line.text) ?? line.text : line)))
}
