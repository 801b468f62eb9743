// Help as schemas have it: text in which `names` stand between backticks.
import {element} from './dom.js'

/** @returns {(Node|string)[]} the text, its names as code */
export function helpText(text) {
  return text.split('`').map((part, at) => (at % 2 ? element('code', {}, part) : part))
}
