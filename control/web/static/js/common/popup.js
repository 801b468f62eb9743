// <details> that lie over the page: Escape, a click elsewhere or leaving them puts them away.
import {element} from './dom.js'

let isHeard = false

/**
 * @param {object} options attributes of the details; `class` is added to "popup"
 * @param {HTMLElement} summary
 * @param {...Node} content
 * @returns {HTMLDetailsElement}
 */
export function popup({class: more = '', ...options}, summary, ...content) {
  const root = element('details', {class: `popup ${more}`.trim(), ...options}, summary,
    element('div', {class: 'popup-box'}, ...content))
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !root.open) return
    event.stopPropagation()
    root.open = false
    summary.focus()
  })
  root.addEventListener('focusout', ({relatedTarget}) => {
    if (relatedTarget && !root.contains(relatedTarget)) root.open = false
  })
  root.addEventListener('toggle', () => { if (root.open) stayInSight(root) })
  if (!isHeard) document.addEventListener('pointerdown', ({target}) => closeOthers(target))
  isHeard = true
  return root
}

function closeOthers(target) {
  for (const open of document.querySelectorAll('.popup[open]')) if (!open.contains(target)) open.open = false
}

/** It opens to the right, but where that is beyond the edge to the left. */
function stayInSight(root) {
  root.classList.remove('is-left')
  const box = root.lastElementChild.getBoundingClientRect()
  root.classList.toggle('is-left', box.right > document.documentElement.clientWidth)
}
