// Settings that are not one's own to set: out of the way, until one is set all the same or looked for.
import {counted, element} from '../common/dom.js'

/**
 * @param {import('./setting.js').Setting[]} fields
 * @returns {{root: HTMLElement, show: () => void, find: (text: string) => void}|null} `show`: after they
 *   have other values; `find`: after each was shown or hidden for a text
 */
export function toldFrame(fields) {
  if (!fields.length) return null
  const root = element('details', {class: 'told'},
    element('summary', {}, `${counted(fields.length, 'setting')} of the service: ${fields.map(({name}) => name).join(', ')}`),
    element('div', {class: 'settings'}, ...fields.map((field) => field.root)))
  return {
    root,
    show: () => { if (fields.some((field) => field.changes())) root.open = true },
    find: (text) => {
      root.hidden = fields.every((field) => field.root.hidden)
      root.open = Boolean(text) || fields.some((field) => field.changes())
    },
  }
}
