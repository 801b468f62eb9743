// Copying a text, also where the page is not a secure one (http on another machine).
import {element} from './dom.js'

/** A button that copies a text, and says that it has. */
export function copyButton(textOf, name = 'Copy') {
  const said = element('span', {role: 'status', class: 'faint'})
  let timer
  const button = element('button', {type: 'button', on: {click: async () => {
    said.textContent = (await copy(textOf(), button)) ? 'Copied' : 'It could not be copied: mark it, and copy it by hand'
    clearTimeout(timer)
    timer = setTimeout(() => { said.textContent = '' }, 4000)
  }}}, name)
  return element('span', {class: 'copy'}, button, ' ', said)
}

/** @returns {Promise<boolean>} whether it is in the clipboard now */
export async function copy(text, near = document.body) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyOldWay(text, near.closest('dialog') ?? document.body)
  }
}

function copyOldWay(text, root) {
  const area = element('textarea', {readonly: true, class: 'unseen', 'aria-hidden': 'true', tabindex: -1})
  area.value = text
  const focus = document.activeElement
  root.append(area)
  area.select()
  const isDone = document.execCommand('copy')
  area.remove()
  focus?.focus()
  return isDone
}
