// "Save": what a table shows as a file.
import {element} from '../common/dom.js'
import {FORMATS} from './exports.js'
import {popup} from '../common/popup.js'

/**
 * @param {string} title of what is saved
 * @param {(format: string) => Promise<void>} onSave
 * @returns {HTMLElement}
 */
export function saveMenu(title, onSave) {
  const trouble = element('p', {role: 'alert', hidden: true})
  const choose = async (format) => {
    try {
      await onSave(format)
      root.open = false
      root.firstElementChild.focus()
    } catch (error) {
      trouble.textContent = `It could not be saved: ${error.message}`
      trouble.hidden = false
    }
  }
  const root = popup({class: 'save-menu'},
    element('summary', {'aria-label': `Save: ${title}`}, 'Save'),
    element('p', {class: 'faint'}, 'What is shown, in this order'),
    element('p', {class: 'buttons'}, ...FORMATS.map((format) => element('button', {
      type: 'button', on: {click: () => choose(format)},
    }, format.toUpperCase()))), trouble)
  return root
}
