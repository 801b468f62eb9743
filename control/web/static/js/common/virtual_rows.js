// A list of very many rows of one height, of which only those in sight are in the page.
//
//   const rows = new VirtualRows(viewport, {make, fill})
//   rows.count = 1_000_000
//
// Browsers know no element that is higher than some ten million pixels: beyond that the
// scroll bar stands for more rows than pixels.

const HIGHEST = 8_000_000
const SPARE = 8 // rows above and below those in sight

export class VirtualRows {
  /**
   * @param {HTMLElement} viewport what scrolls
   * @param {object} options
   * @param {() => HTMLElement} options.make an empty row
   * @param {(row: HTMLElement, index: number) => void} options.fill
   * @param {(first: number, last: number) => void} [options.onSight] which rows are to be seen
   */
  constructor(viewport, {make, fill, onSight = () => {}}) {
    Object.assign(this, {viewport, make, fill, onSight})
    this.space = document.createElement('div')
    this.block = document.createElement('div')
    this.space.className = 'virtual-space'
    this.block.className = 'virtual-block'
    this.space.append(this.block)
    viewport.append(this.space)
    this.rows = []
    this.known = 0
    this.isDue = false
    viewport.addEventListener('scroll', () => this.soon(), {passive: true})
    new ResizeObserver(() => { this.measure(); this.soon() }).observe(viewport)
    this.measure()
  }

  get count() {
    return this.known
  }

  set count(count) {
    if (count !== this.known) {
      this.known = count
      this.stretch()
    }
    this.soon()
  }

  /** The row at the upper edge, with its fraction. */
  get top() {
    const room = this.viewport.scrollHeight - this.viewport.clientHeight
    return room > 0 ? (this.viewport.scrollTop / room) * this.surplus : 0
  }

  /** Whether the last row is in sight. */
  get isAtEnd() {
    const {scrollTop, scrollHeight, clientHeight} = this.viewport
    return scrollHeight - clientHeight - scrollTop < 2
  }

  /** Bring a row to the upper edge; beyond the last one: the end. */
  scrollTo(index) {
    const room = this.viewport.scrollHeight - this.viewport.clientHeight
    const share = this.surplus > 0 ? index / this.surplus : 0
    this.viewport.scrollTop = Math.min(1, Math.max(0, share)) * room
    this.soon()
  }

  /** Draw what is in sight, at the next frame. */
  soon() {
    if (this.isDue) return
    this.isDue = true
    requestAnimationFrame(() => {
      this.isDue = false
      this.draw()
    })
  }

  /** Rows that do not fit in sight. */
  get surplus() {
    return Math.max(0, this.known - this.viewport.clientHeight / this.height)
  }

  measure() {
    const probe = this.rows[0] ?? this.make()
    const isNew = !probe.isConnected
    if (isNew) this.block.append(probe)
    this.height = probe.getBoundingClientRect().height || 24
    if (isNew) probe.remove()
    this.stretch()
  }

  stretch() {
    this.space.style.height = `${Math.min(HIGHEST, Math.ceil(this.known * this.height))}px`
  }

  draw() {
    const sight = this.viewport.clientHeight / this.height
    const top = this.top
    const first = Math.max(0, Math.floor(top) - SPARE)
    const last = Math.min(this.known, Math.ceil(top + sight) + SPARE)
    while (this.rows.length > last - first) this.rows.pop().remove()
    while (this.rows.length < last - first) {
      const row = this.make()
      this.rows.push(row)
      this.block.append(row)
    }
    this.rows.forEach((row, at) => this.fill(row, first + at))
    // where rows and pixels are the same this is just first × height
    const scrolled = this.viewport.scrollTop
    const y = this.isScaled ? scrolled + (first - top) * this.height : first * this.height
    this.block.style.transform = `translateY(${y}px)`
    this.onSight(Math.max(0, Math.floor(top)), Math.min(this.known, Math.ceil(top + sight)))
  }

  get isScaled() {
    return this.known * this.height > HIGHEST
  }
}
