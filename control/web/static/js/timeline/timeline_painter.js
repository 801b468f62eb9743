// Draws a timeline on a canvas: only what is in sight, and what would cover nothing new is left out.
import {ticks} from './time_axis.js'

export const AXIS = 24 // pixels of the axis, which stays in sight
const GUTTER = 190 // of the lanes' names, where there is room beside
const WIDE = 640
const HEAD = 17 // of a lane's name, where there is none
const LANE_GAP = 6
const RIGHT = 8
const TICK_WIDTH = 88
const ROW_HEIGHTS = [[40, 14], [120, 9], [300, 5], [Infinity, 4]] // up to so many rows: pixels
const LEAST = {failed: 4, other: 1} // pixels of a bar: one that failed is always to be seen
const HATCHED = 7 // pixels of height for stripes; in lower rows what failed stands out
const COLOUR_OF = {
  finished: 'finished', running: 'running', submitted: 'submitted', selected: 'submitted',
  failed: 'failed', retried: 'failed', cancelled: 'cancelled',
}

/** Heights of lanes and rows, for a width. */
export function geometry(lanes, width) {
  const gutter = width >= WIDE ? GUTTER : 0
  const head = gutter || !lanes.some(({name}) => name) ? 0 : HEAD
  const all = lanes.reduce((sum, {rows}) => sum + rows.length, 0)
  const row = ROW_HEIGHTS.find(([most]) => all <= most)[1]
  const tops = []
  let height = 0
  for (const {rows} of lanes) {
    tops.push(height)
    height += Math.max(head + rows.length * row, gutter ? 16 : 0) + LANE_GAP
  }
  return {gutter, head, row, tops, height, left: gutter, right: width - RIGHT}
}

export class TimelinePainter {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Map<string, HTMLElement>} swatches of the legend, by state: they have the colours
   */
  constructor(canvas, swatches) {
    this.canvas = canvas
    this.swatches = swatches
    this.context = canvas.getContext('2d')
    this.names = new Map()
  }

  /** Let the canvas be so large, in pixels of the page. */
  resize(width, height) {
    const scale = globalThis.devicePixelRatio || 1
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)]
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      Object.assign(this.canvas, {width: wide, height: high})
      this.canvas.style.width = `${width}px`
      this.canvas.style.height = `${height}px`
    }
    Object.assign(this, {width, height, scale})
  }

  /** @param {object} view lanes, places (of `geometry`), window, scrolled, now, marked (bars) */
  paint(view) {
    const {context} = this
    this.view = view
    this.readColours()
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0)
    context.clearRect(0, 0, this.width, this.height)
    const marks = ticks(view.window.from, view.window.to, Math.max(2, (view.places.right - view.places.left) / TICK_WIDTH))
    this.paintGrid(marks)
    context.save()
    context.beginPath()
    context.rect(0, AXIS, this.width, this.height - AXIS)
    context.clip()
    view.lanes.forEach((lane, at) => this.paintLane(lane, at))
    this.paintNow()
    for (const bar of view.marked) this.paintMark(bar)
    context.restore()
    this.paintAxis(marks)
  }

  readColours() {
    const own = getComputedStyle(this.canvas)
    this.colours = {ink: own.color, line: own.borderTopColor, ground: own.backgroundColor, mark: own.outlineColor}
    for (const [state, swatch] of this.swatches) this.colours[state] = getComputedStyle(swatch).backgroundColor
    this.colours.faint = getComputedStyle(this.canvas.parentNode).color
    this.font = own.fontFamily
    const key = `${this.colours.failed}${this.colours.ground}${this.colours.faint}`
    if (key !== this.patternKey) {
      this.patternKey = key
      this.names.clear()
      this.broken = hatch(this.context, this.colours.failed, this.colours.ground)
      this.queued = hatch(this.context, this.colours.ground, this.colours.faint)
    }
  }

  x(time) {
    const {places, window} = this.view
    return places.left + ((time - window.from) / (window.to - window.from)) * (places.right - places.left)
  }

  /** Where a bar is: {x, y, width, height}. */
  boxOf(bar) {
    const {places, scrolled, now} = this.view
    const y = AXIS + places.tops[bar.lane] + places.head + bar.row * places.row - scrolled
    const x = this.x(bar.start ?? (bar.queued !== null && bar.end !== null ? bar.end : bar.begin))
    const least = COLOUR_OF[bar.state] === 'failed' ? LEAST.failed : LEAST.other
    const width = Math.max(least, this.x(bar.end ?? Math.max(now, bar.begin)) - x)
    return {x, y, width, height: places.row - (places.row > 5 ? 2 : 1)}
  }

  paintGrid(marks) {
    const {context, colours} = this
    context.strokeStyle = colours.line
    context.lineWidth = 1
    context.beginPath()
    for (const {time} of marks) {
      const x = Math.round(this.x(time)) + 0.5
      context.moveTo(x, AXIS)
      context.lineTo(x, this.height)
    }
    context.stroke()
  }

  paintAxis(marks) {
    const {context, colours} = this
    context.fillStyle = colours.faint
    context.font = `11px ${this.font}`
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    for (const {time, text} of marks) {
      const width = context.measureText(text).width
      const x = Math.min(Math.max(this.x(time) - width / 2, this.view.places.left), this.width - width - 2)
      context.fillText(text, x, AXIS / 2)
    }
    context.fillStyle = colours.line
    context.fillRect(0, AXIS - 1, this.width, 1)
  }

  paintLane({name, rows}, at) {
    const {places, scrolled} = this.view
    const top = AXIS + places.tops[at] - scrolled
    const bottom = AXIS + (places.tops[at + 1] ?? places.height) - scrolled
    if (bottom < AXIS || top > this.height) return
    const {context, colours} = this
    context.fillStyle = colours.line
    context.fillRect(0, Math.round(bottom) - LANE_GAP / 2, this.width, 1)
    this.paintName(name, Math.max(top, Math.min(AXIS, bottom - 20)))
    context.save()
    context.beginPath()
    context.rect(places.left, AXIS, this.width - places.left, this.height)
    context.clip()
    rows.forEach((row, number) => {
      const y = top + places.head + number * places.row
      if (y > AXIS - places.row && y < this.height) this.paintRow(row)
    })
    context.restore()
  }

  paintName(name, top) {
    if (!name) return
    const {context, view: {places}} = this
    context.font = `12px ${this.font}`
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    context.fillStyle = this.colours.ink
    const room = places.gutter ? places.gutter - 10 : this.width - 8
    const key = `${name}\0${room}`
    if (!this.names.has(key)) this.names.set(key, shortened(context, name, room))
    context.fillText(this.names.get(key), 2, top + 9)
  }

  paintRow(row) {
    const {window, now} = this.view
    let [drawn, before] = [-Infinity, '']
    const failed = [] // on top: nothing hides it
    for (let at = firstIn(row, window.from, now); at < row.length; at += 1) {
      const bar = row[at]
      if (bar.begin > window.to) break
      const {x, y, width, height} = this.boxOf(bar)
      const kind = COLOUR_OF[bar.state]
      this.paintWaiting(bar, y, height)
      if (bar.queued !== null && bar.start === null && bar.end === null) continue
      // the pixel has this colour already
      if (x + width <= drawn && kind === before) continue
      if (kind === 'failed') failed.push([kind, x, y, width, height])
      else this.paintBar(kind, x, y, width, height)
      drawn = Math.ceil(x + width)
      before = kind
    }
    for (const box of failed) this.paintBar(...box)
  }

  /** A line while it was chosen only, stripes while it was in a cluster's queue. */
  paintWaiting({begin, queued, start, end}, y, height) {
    const until = start ?? (queued === null ? null : end ?? Math.max(this.view.now, begin))
    if (until === null) return
    const {context, colours} = this
    const [from, middle, to] = [begin, queued ?? until, until].map((time) => this.x(time))
    if (middle - from >= 1) {
      context.fillStyle = colours.faint
      context.fillRect(from, y + height / 2 - 0.5, middle - from, 1)
      context.fillRect(from, y + height / 4, 1, height / 2)
    }
    if (to - middle >= 1) {
      context.fillStyle = this.queued
      context.fillRect(middle, y, to - middle, height)
      if (height < HATCHED) return // it would be nothing but its edge
      context.strokeStyle = colours.faint
      context.lineWidth = 1
      context.strokeRect(middle + 0.5, y + 0.5, Math.max(0.5, to - middle - 1), height - 1)
    }
  }

  paintBar(kind, x, y, width, height) {
    const {context, colours} = this
    if (kind === 'submitted' || kind === 'cancelled') {
      context.strokeStyle = kind === 'cancelled' ? colours.cancelled : colours.faint
      context.lineWidth = 1
      context.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, width - 1), height - 1)
      return
    }
    if (kind !== 'failed') {
      context.fillStyle = colours[kind]
      context.fillRect(x, y, width, height)
      return
    }
    const isHigh = height >= HATCHED
    context.fillStyle = isHigh ? this.broken : colours.failed
    context.fillRect(x, isHigh ? y : y - 1, width, isHigh ? height : height + 2)
    context.fillStyle = colours.failed
    context.fillRect(x, y, Math.min(2, width), height)
  }

  paintNow() {
    const {now, window, isOver} = this.view
    if (isOver || now > window.to || now < window.from) return
    this.context.fillStyle = this.colours.running
    this.context.fillRect(Math.round(this.x(now)), AXIS, 1, this.height)
  }

  paintMark(bar) {
    const {x, y, width, height} = this.boxOf(bar)
    this.context.strokeStyle = this.colours.mark
    this.context.lineWidth = 2
    this.context.strokeRect(x - 2, y - 2, width + 4, height + 4)
  }
}

/** The first bar of a row that may be in sight: they do not overlap, so their ends are in order too. */
function firstIn(row, from, now) {
  let [low, high] = [0, row.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((row[middle].end ?? now) < from) low = middle + 1
    else high = middle
  }
  return low
}

function hatch(context, colour, ground) {
  const tile = document.createElement('canvas')
  tile.width = tile.height = 6
  const drawing = tile.getContext('2d')
  drawing.fillStyle = colour
  drawing.fillRect(0, 0, 6, 6)
  drawing.strokeStyle = ground
  drawing.lineWidth = 1.4
  drawing.beginPath()
  for (const at of [-6, 0, 6]) {
    drawing.moveTo(at, 6)
    drawing.lineTo(at + 6, 0)
  }
  drawing.stroke()
  return context.createPattern(tile, 'repeat')
}

function shortened(context, text, room) {
  if (context.measureText(text).width <= room) return text
  let end = text.length
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > room) end -= 1
  return `${text.slice(0, end)}…`
}
