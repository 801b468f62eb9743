// What a mark of a chart stands for, beside the pointer. Its texts are text.
import {element} from '../common/dom.js'

const BESIDE = 12 // pixels from the pointer

let box = null

/** Vega's tooltip handler. */
export function showTooltip(_, event, item, value) {
  if (!value || !event) return hideTooltip()
  box ??= document.body.appendChild(element('div', {class: 'chart-tooltip', role: 'presentation'}))
  box.replaceChildren(...lines(value))
  box.hidden = false
  const {width, height} = box.getBoundingClientRect()
  const x = event.clientX + BESIDE + width > innerWidth ? event.clientX - BESIDE - width : event.clientX + BESIDE
  const y = event.clientY + BESIDE + height > innerHeight ? event.clientY - BESIDE - height : event.clientY + BESIDE
  box.style.left = `${Math.max(0, x)}px`
  box.style.top = `${Math.max(0, y)}px`
}

/** Put it away. */
export function hideTooltip() {
  if (box) box.hidden = true
}

function lines(value) {
  if (typeof value !== 'object') return [element('p', {}, String(value))]
  const list = element('dl')
  for (const [name, text] of Object.entries(value)) {
    list.append(element('dt', {}, name), element('dd', {}, String(text)))
  }
  return [list]
}

addEventListener('scroll', hideTooltip, {passive: true, capture: true})
