// Mouse and fingers on a timeline: point at a bar, click it, drag to go on, ctrl and wheel to zoom.

const CLICK = 4 // pixels that a hand trembles
const WHEEL = 0.002

export class TimelinePointer {
  /** @param {HTMLElement} view @param {import('./timeline.js').Timeline} timeline */
  constructor(view, timeline) {
    Object.assign(this, {view, timeline, drag: null})
    view.addEventListener('pointerdown', (event) => this.press(event))
    view.addEventListener('pointermove', (event) => this.move(event))
    view.addEventListener('pointerup', (event) => this.release(event))
    view.addEventListener('pointercancel', () => { this.drag = null })
    view.addEventListener('pointerleave', () => { if (!this.drag) timeline.hover(null) })
    // not passive: a zoom must not zoom the page too
    view.addEventListener('wheel', (event) => this.turn(event), {passive: false})
  }

  place(event) {
    const box = this.view.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  press(event) {
    if (event.button !== 0 || !this.timeline.places) return
    const [x, y] = this.place(event)
    if (x > this.view.clientWidth) return // the scroll bar
    this.drag = {x, y, from: x, down: this.view.scrollTop, isMoved: false}
  }

  move(event) {
    const [x, y] = this.place(event)
    const {drag, timeline} = this
    if (!drag) {
      timeline.hover(timeline.at(x, y))
      return
    }
    if (!drag.isMoved && Math.hypot(x - drag.x, y - drag.y) < CLICK) return
    if (!drag.isMoved) this.view.setPointerCapture(event.pointerId)
    drag.isMoved = true
    timeline.hover(null)
    const {left, right} = timeline.places
    timeline.pan((drag.from - x) / (right - left))
    drag.from = x
    if (event.pointerType === 'mouse') this.view.scrollTop = drag.down + drag.y - y
  }

  release(event) {
    const {drag, timeline} = this
    this.drag = null
    if (!drag || drag.isMoved) return
    const bar = timeline.at(...this.place(event))
    timeline.select(bar)
    if (bar) timeline.onOpen(bar.job)
  }

  turn(event) {
    const [x] = this.place(event)
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault()
      this.timeline.zoom(Math.exp(clamp(event.deltaY, 300) * WHEEL), x)
      return
    }
    const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX
    if (!across || Math.abs(across) < Math.abs(event.shiftKey ? 0 : event.deltaY)) return
    event.preventDefault()
    this.timeline.pan(across / this.view.clientWidth)
  }
}

function clamp(number, most) {
  return Math.max(-most, Math.min(most, number))
}
