// The keyboard on a timeline: from job to job, zoom, and open what is selected.

const ZOOM = 1.5
const PAN = 0.5

export class TimelineKeys {
  /** @param {HTMLElement} canvas @param {import('./timeline.js').Timeline} timeline */
  constructor(canvas, timeline) {
    this.timeline = timeline
    canvas.addEventListener('keydown', (event) => this.press(event))
    canvas.addEventListener('focus', () => {
      timeline.help.hidden = false
      timeline.paintSoon()
    })
    canvas.addEventListener('blur', () => {
      timeline.help.hidden = true
      timeline.paintSoon()
    })
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const work = this.work(event.key)
    if (!work) return
    event.preventDefault()
    work()
  }

  work(key) {
    const {timeline} = this
    const {selected} = timeline
    const go = (bar) => () => { if (bar) timeline.select(bar) }
    return {
      ArrowRight: () => go(this.beside(1))(),
      ArrowLeft: () => go(this.beside(-1))(),
      ArrowDown: () => go(this.above(1))(),
      ArrowUp: () => go(this.above(-1))(),
      Home: go(timeline.shown?.[0]),
      End: go(timeline.shown?.at(-1)),
      PageDown: () => timeline.pan(PAN),
      PageUp: () => timeline.pan(-PAN),
      '+': () => timeline.zoom(1 / ZOOM),
      '=': () => timeline.zoom(1 / ZOOM),
      '-': () => timeline.zoom(ZOOM),
      0: () => timeline.showAll(),
      Escape: selected && (() => timeline.select(null)),
      Enter: selected && (() => timeline.onLog(selected.job)),
      ' ': selected && (() => timeline.onOpen(selected.job)),
    }[key]
  }

  /** The bar before or after in its row; from the end of a row on to the next lane's row. */
  beside(way) {
    const {selected, lanes, shown} = this.timeline
    if (!selected) return shown?.[0]
    const row = lanes[selected.lane].rows[selected.row]
    return row[row.indexOf(selected) + way]
  }

  /** The bar nearest in time of the row above or below. */
  above(way) {
    const {selected, lanes, shown, now} = this.timeline
    if (!selected) return shown?.[0]
    const rows = lanes.flatMap(({rows: each}) => each)
    const row = rows[rows.findIndex((each) => each.includes(selected)) + way]
    const middle = (bar) => ((bar.start ?? bar.begin) + (bar.end ?? now)) / 2
    const wanted = middle(selected)
    return row?.reduce((a, b) => (Math.abs(middle(b) - wanted) < Math.abs(middle(a) - wanted) ? b : a))
  }
}
