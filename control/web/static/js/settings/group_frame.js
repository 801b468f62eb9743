// What is around several settings: nothing (the form itself), a part that opens, or a frame in one.
import {counted, element, setText} from '../common/dom.js'
import {prose} from './schema_words.js'

/**
 * @param {{schema: object, path: string, depth: number, name: string, badge: HTMLElement,
 *   isBare: ?boolean}} field
 * @param {(Node|null)[]} content
 * @returns {HTMLElement}
 */
export function groupFrame({schema, path, depth, name, badge, isBare}, content) {
  const about = schema.description ?? ''
  const shown = content.filter(Boolean)
  if (depth === 0) return element('div', {}, ...shown)
  if (isBare) return element('div', {class: 'bare'}, ...shown)
  if (depth > 1) {
    return element('fieldset', {class: 'sub', 'data-key': path}, element('legend', {}, name, ' ', badge),
      about ? element('p', {class: 'about'}, ...prose(about)) : null, ...shown)
  }
  return element('details', {class: 'group', 'data-key': path},
    element('summary', {}, element('span', {class: 'group-name'}, name), badge,
      element('span', {class: 'group-about'}, ...prose(about))),
    ...shown)
}

/** Say how many settings of a field are set, and how many are wrong; those are opened. */
export function showBadge(field, faults) {
  const changes = field.changes()
  const parts = []
  if (changes) parts.push(`${changes} changed`)
  if (faults) parts.push(counted(faults, 'problem'))
  setText(field.badge, parts.join(', '))
  field.badge.classList.toggle('wrong', faults > 0)
  if (faults && 'open' in field.root) field.root.open = true
}

/** While somebody looks for a text, what has to do with it is open; then all is as it was. */
export function openFound(field, text, isFound) {
  if (!('open' in field.root)) return
  if (text) {
    field.wasOpen ??= field.root.open
    field.root.open = isFound
  } else if (field.wasOpen !== undefined) {
    field.root.open = field.wasOpen
    field.wasOpen = undefined
  }
}
