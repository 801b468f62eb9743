// A word of help at whatever has `data-tip`: when it is pointed at, and when it has the focus.
//
// It can be pointed at itself, and Escape puts it away (WCAG 1.4.13). What it says is there for
// those who hear the page, too: give the element an `aria-description`, or say it elsewhere.
import {element, setText} from './dom.js'

const WAIT_MS = 350
const LINGER_MS = 150
const GAP = 6

let shared = null

/** Let the page's elements with `data-tip` show it. */
export function tooltips() {
  shared ??= new Tooltip()
  return shared
}

class Tooltip {
  constructor() {
    this.box = element('div', {class: 'tip', role: 'tooltip', popover: 'manual'})
    this.over = null
    document.body.append(this.box)
    document.addEventListener('pointerover', (event) => this.point(event))
    document.addEventListener('focusin', ({target}) => {
      if (target.matches(':focus-visible')) this.aim(target.closest('[data-tip]'), 0)
    })
    document.addEventListener('focusout', () => this.aim(null, 0))
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') this.aim(null, 0) })
    document.addEventListener('scroll', () => this.aim(null, 0), {capture: true, passive: true})
    document.addEventListener('pointerdown', () => this.aim(null, 0))
  }

  point({target, pointerType}) {
    if (pointerType === 'touch' || this.box.contains(target)) return clearTimeout(this.timer)
    const over = target instanceof Element ? target.closest('[data-tip]') : null
    if (over !== this.over) this.aim(over, over ? WAIT_MS : LINGER_MS)
    else if (over) clearTimeout(this.timer)
  }

  aim(over, milliseconds) {
    clearTimeout(this.timer)
    if (!over && !this.over && !this.box.matches(':popover-open')) return
    this.timer = setTimeout(() => this.show(over), milliseconds)
    if (over) this.over = over
  }

  show(over) {
    this.over = over
    const text = over?.isConnected ? over.dataset.tip : ''
    if (!text) return this.box.hidePopover()
    setText(this.box, text)
    this.box.showPopover()
    const place = over.getBoundingClientRect()
    const {offsetWidth: width, offsetHeight: height} = this.box
    const left = Math.max(GAP, Math.min(place.left, innerWidth - width - GAP))
    const below = place.bottom + GAP
    const top = below + height > innerHeight ? Math.max(GAP, place.top - height - GAP) : below
    Object.assign(this.box.style, {left: `${left}px`, top: `${top}px`})
  }
}
