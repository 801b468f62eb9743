// The timeline of a run: when each attempt of each job waited and ran, in lanes, however many.
// The table of jobs has the same in words.
import {counted, element, nameOf, seldom, setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {TimelineKeys} from './timeline_keys.js'
import {Bars, barAt, choices, lanes, mostAtOnce} from './timeline_layout.js'
import {AXIS, TimelinePainter, geometry} from './timeline_painter.js'
import {TimelinePointer} from './timeline_pointer.js'
import {TimelineTip, inWords} from './timeline_tip.js'
import {TimeWindow} from './time_window.js'
import {between, length, local} from '../common/times.js'

const LEGEND = [
  ['finished', 'finished'], ['running', 'running'], ['submitted', 'given to the cluster'], ['failed', 'failed'],
  ['cancelled', 'cancelled'],
]
const ZOOM = 1.5
const NEAR = 4 // pixels beside a bar that still mean it
const WRITE_MS = 500
const UNSEEN_MS = 2000
const SHARE = 15 // of the time, one part may go into making lanes
const HELP = 'Arrow keys go from job to job, Enter opens the log, Space the details; '
  + 'plus and minus zoom, 0 shows the whole run.'

export class Timeline {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {(job: object) => void} options.onOpen the details of a job are wanted
   * @param {(job: object) => void} options.onLog its log is wanted
   */
  constructor(root, {onOpen, onLog}) {
    Object.assign(this, {onOpen, onLog})
    this.bars = new Bars()
    this.window = new TimeWindow()
    this.lanes = []
    this.selected = this.hovered = null
    this.isInSight = false
    this.build(root)
    this.painter = new TimelinePainter(this.canvas, this.swatches)
    this.pointer = new TimelinePointer(this.view, this)
    this.keys = new TimelineKeys(this.canvas, this)
    this.writeSoon = seldom(() => place.write({t: this.window.text}), WRITE_MS)
    this.arrangeSoon = seldom(() => this.arrange(), UNSEEN_MS)
    this.recall()
    new ResizeObserver(() => this.layOut()).observe(this.view)
    new IntersectionObserver(([{isIntersecting}]) => {
      this.isInSight = isIntersecting
      if (isIntersecting) this.arrange()
    }, {rootMargin: '200px'}).observe(this.root)
    this.view.addEventListener('scroll', () => this.paintSoon(), {passive: true})
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.paintSoon())
    new MutationObserver(() => this.paintSoon()).observe(document.documentElement, {attributes: true})
  }

  build(root) {
    this.root = root
    this.by = element('select', {on: {change: () => this.chooseLanes(this.by.value)}})
    const button = (text, name, work) => element('button', {type: 'button', 'aria-label': name, title: name, on: {click: work}}, text)
    this.allButton = button('Whole run', 'Show the whole run', () => this.showAll())
    this.swatches = new Map()
    const legend = element('ul', {class: 'legend', 'aria-label': 'Colours'}, ...LEGEND.map(([state, title]) => {
      const swatch = element('span', {class: `swatch ${state}`, 'aria-hidden': 'true'})
      this.swatches.set(state, swatch)
      return element('li', {}, swatch, title)
    }), ...[['queued', 'waits in the queue'], ['waits', 'chosen, waits']].map(([look, title]) => (
      element('li', {}, element('span', {class: `swatch ${look}`, 'aria-hidden': 'true'}), title))))
    this.summary = element('p', {class: 'faint', id: 'timeline-summary'})
    this.help = element('p', {class: 'faint', id: 'timeline-help', hidden: true}, HELP)
    this.told = element('p', {class: 'unseen', 'aria-live': 'polite'})
    this.canvas = element('canvas', {
      tabindex: 0, role: 'application', 'aria-roledescription': 'timeline', 'aria-label': 'Timeline of the jobs',
      'aria-describedby': 'timeline-summary timeline-help',
    })
    this.space = element('div', {class: 'timeline-space'}, this.canvas)
    this.view = element('div', {class: 'timeline-view'}, this.space)
    this.tip = new TimelineTip()
    this.frame = element('div', {class: 'timeline'}, this.view, this.tip.root)
    root.append(
      element('div', {class: 'filter'}, element('label', {}, 'Lanes ', this.by),
        element('span', {class: 'buttons', role: 'group', 'aria-label': 'Zoom'},
          button('−', 'Zoom out', () => this.zoom(ZOOM)), button('+', 'Zoom in', () => this.zoom(1 / ZOOM)), this.allButton),
        legend),
      this.summary, this.frame, this.help, this.told)
  }

  /** The lanes and the part that the address names. */
  recall() {
    this.lanesBy = place.read('lanes')
    this.wanted = place.read('t')
    if (!this.wanted) this.window.showAll()
    this.arrange()
  }

  /**
   * Show jobs.
   *
   * @param {object} state of the run: jobs, past, run, isComplete, isOver
   * @param {string} rule the chosen one; "" for all
   */
  show(state, rule) {
    Object.assign(this, {state, rule})
    this.isStale = true
    // of very many jobs not each time: the page is for other things too
    const isDear = performance.now() - (this.arrangedAt ?? 0) < SHARE * (this.cost ?? 0)
    if (this.isInSight && !isDear) this.arrange()
    else this.arrangeSoon()
  }

  /** Time goes on. */
  tick() {
    if (this.isInSight && this.state && !this.state.isOver) this.layOut()
  }

  /** Make the lanes anew, where something has changed. */
  arrange() {
    if (!this.state) return
    if (this.isStale) {
      this.isStale = false
      this.arrangedAt = performance.now()
      const {jobs, past, rules} = this.state
      const all = [...past.values(), ...jobs.values()]
      this.offer(choices(all))
      this.all = this.bars.of(all)
      this.shown = this.rule ? this.all.filter(({job}) => job.rule === this.rule) : this.all
      this.lanes = lanes(this.shown, this.lanesBy, [...rules.keys()])
      this.find()
      this.tell()
      this.cost = performance.now() - this.arrangedAt
    }
    this.layOut()
  }

  /** What was selected is another object now, or gone. */
  find() {
    const same = (bar) => bar && (this.shown.includes(bar) ? bar
      : this.shown.find(({job, attempt}) => job === bar.job && attempt === bar.attempt) ?? null)
    this.selected = same(this.selected)
    this.hovered = same(this.hovered)
  }

  offer(names) {
    if (!names.some(({name}) => name === this.lanesBy)) {
      if (this.state.isComplete) this.lanesBy = ''
    }
    const key = JSON.stringify(names)
    if (key !== this.offered) {
      this.offered = key
      this.by.replaceChildren(...names.map(({name, title}) => element('option', {value: name}, title)))
    }
    this.by.value = this.lanesBy
  }

  /** Now, or when the run ended: there nothing grows any more. */
  get now() {
    const {run, isOver} = this.state
    return isOver && run.end ? Date.parse(run.end) : Date.now()
  }

  layOut() {
    if (!this.state || !this.shown) return
    const isEmpty = !this.shown.length
    this.frame.hidden = isEmpty
    if (isEmpty) return
    const {now} = this
    let end = this.state.isOver ? 0 : now
    for (const bar of this.all) end = Math.max(end, bar.end ?? now)
    this.window.setWhole(this.all[0].begin, end)
    if (this.wanted) this.window.text = this.wanted
    if (this.state.isComplete) this.wanted = ''
    this.places = geometry(this.lanes, this.view.clientWidth)
    const height = Math.ceil(this.places.height) + AXIS
    this.space.style.height = `${height}px`
    this.view.style.height = `min(26rem, ${height}px)`
    this.paintSoon()
  }

  paintSoon() {
    if (this.isDue) return
    this.isDue = true
    requestAnimationFrame(() => {
      this.isDue = false
      if (this.places && !this.frame.hidden) this.paint()
    })
  }

  paint() {
    const {view, window, lanes: shown, places, now, selected, hovered} = this
    this.painter.resize(view.clientWidth, view.clientHeight)
    this.painter.paint({
      lanes: shown, places, window, now, scrolled: view.scrollTop, isOver: this.state.isOver,
      marked: [...new Set([selected, hovered])].filter(Boolean),
    })
    this.allButton.disabled = window.isWhole
    view.classList.toggle('is-zoomed', !window.isWhole)
    const bar = hovered ?? (document.activeElement === this.canvas ? selected : null)
    this.tip.show(bar, bar && this.painter.boxOf(bar), now, this.frame)
  }

  /** Sum it up, for those who do not see it as well. */
  tell() {
    const {shown, rule} = this
    if (!shown.length) {
      setText(this.summary, rule ? `No job of ${rule} has begun yet.` : 'No job has begun yet.')
      return
    }
    const from = shown[0].begin
    const ends = shown.map(({end}) => end ?? this.now)
    const to = ends.reduce((a, b) => Math.max(a, b), from)
    const longest = shown.reduce((a, b) => (lasts(b, this.now) > lasts(a, this.now) ? b : a))
    const failed = shown.filter(({state}) => state === 'failed' || state === 'retried').length
    const iso = (time) => new Date(time).toISOString()
    setText(this.summary, [
      `${counted(shown.length, 'attempt')} from ${local(iso(from))} to ${local(iso(to))}, ${length(between(iso(from), iso(to)))}`,
      `${mostAtOnce(shown).toLocaleString('en')} at once at most`,
      `the longest: ${nameOf(longest.job)}, ${length(lasts(longest, this.now) / 1000)}`,
      failed ? `${failed.toLocaleString('en')} failed` : '',
    ].filter(Boolean).join(' · '))
  }

  chooseLanes(name) {
    this.lanesBy = name
    place.write({lanes: name}, {step: true})
    this.view.scrollTop = 0
    this.isStale = true
    this.arrange()
  }

  /** Show `factor` times as much time; around where the pointer is, if it is told. */
  zoom(factor, x) {
    const {selected} = this
    const around = x === undefined ? selected && (selected.start ?? selected.begin) : this.timeAt(x)
    this.move(() => this.window.zoom(factor, around ?? undefined))
  }

  pan(share) {
    this.move(() => this.window.pan(share))
  }

  showAll() {
    this.move(() => this.window.showAll())
  }

  /** The reader moves: what the address wanted is past. */
  move(work) {
    this.wanted = ''
    work()
    this.paintSoon()
    this.writeSoon()
  }

  timeAt(x) {
    const {left, right} = this.places
    return this.window.from + ((x - left) / (right - left)) * (this.window.to - this.window.from)
  }

  /** The bar at a place of the view, or null. */
  at(x, y) {
    const {places, window} = this
    const down = y - AXIS + this.view.scrollTop
    if (!places || y < AXIS || x < places.left) return null
    const lane = places.tops.findLastIndex((top) => top <= down)
    const row = Math.floor((down - places.tops[lane] - places.head) / places.row)
    const bars = this.lanes[lane]?.rows[row]
    const pixel = (window.to - window.from) / (places.right - places.left)
    return bars ? barAt(bars, this.timeAt(x), NEAR * pixel, this.now) : null
  }

  hover(bar) {
    if (bar === this.hovered) return
    this.hovered = bar
    this.view.classList.toggle('is-over', Boolean(bar))
    this.paintSoon()
  }

  /** Go to a bar: bring it into sight, and say what it is. */
  select(bar) {
    this.selected = bar
    if (bar) {
      this.move(() => this.window.reveal(bar.start ?? bar.begin, bar.end ?? this.now))
      const {tops, head, row} = this.places
      const top = tops[bar.lane] + head + bar.row * row
      const room = this.view.clientHeight - AXIS
      if (top < this.view.scrollTop) this.view.scrollTop = top - head
      else if (top + row > this.view.scrollTop + room) this.view.scrollTop = top + row - room + 4
      setText(this.told, inWords(bar, this.now))
    }
    this.paintSoon()
  }
}

function lasts({start, end}, now) {
  return start === null ? 0 : (end ?? now) - start
}
