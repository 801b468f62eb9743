// One chart: drawn when it comes into sight, in the page's colours, saved as PNG and SVG.
import {load} from './chart_library.js'
import {isDark, onLook, painted} from './chart_look.js'
import {isNarrow, onWidth, stacked} from './chart_narrow.js'
import {hideTooltip, showTooltip} from './chart_tooltip.js'
import {element, setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {pause} from '../common/slices.js'

const NEAR = '300px' // charts so far below the window are drawn already
const SHARP = 2 // pixels of a saved picture for one on the page

let turn = Promise.resolve()
const drawn = new Set()
const drawAll = () => { for (const chart of drawn) chart.draw() }
onLook(drawAll)
onWidth(drawAll)

/** A figure with a chart in it. */
export class Chart {
  /**
   * @param {object} options
   * @param {string} options.file what a saved picture is called, without its ending
   * @param {string} options.place what it is called in the address
   * @param {string} options.about what it is of: charts of several sections have the same titles
   * @param {string} options.library address of the script that draws
   * @param {Map<string, string>} options.chosen parameter → value, shared with other charts
   */
  constructor({file, place, about, library, chosen}) {
    Object.assign(this, {file, place, about, library, chosen, view: null, told: null, text: '', isNear: false})
    this.heading = element('h4')
    this.words = element('p', {class: 'faint'})
    this.picture = element('div', {role: 'img', class: 'chart-picture'})
    this.scroller = element('div', {class: 'chart-scroll', role: 'region', tabindex: 0}, this.picture)
    this.trouble = element('p', {class: 'chart-trouble', hidden: true})
    this.fold = element('details', {on: {toggle: () => this.keepFold()}},
      element('summary', {}, this.heading), this.words, this.scroller, this.trouble,
      element('p', {class: 'chart-save'}, this.saver('PNG'), ' ', this.saver('SVG')))
    this.node = element('figure', {class: 'chart'}, this.fold)
    this.watch = new IntersectionObserver(([entry]) => this.come(entry), {rootMargin: NEAR})
    this.watch.observe(this.scroller)
    this.scroller.addEventListener('pointerleave', hideTooltip)
  }

  /** @param {object} told a chart as the API has it */
  show(told) {
    const text = JSON.stringify(told)
    if (text === this.text) return
    if (!this.told) this.fold.open = (place.read(this.place) || (told.folded ? 'closed' : 'open')) === 'open'
    Object.assign(this, {text, told})
    setText(this.heading, told.title)
    setText(this.words, told.text)
    this.words.hidden = !told.text
    this.scroller.setAttribute('aria-label', `${this.about}: ${told.title}`)
    this.picture.setAttribute('aria-label', told.description)
    this.draw()
  }

  /** Whether it is folded up is in the address, where that is not as it is at first. */
  keepFold() {
    const state = this.fold.open ? 'open' : 'closed'
    place.write({[this.place]: this.told.folded === this.fold.open ? state : ''})
  }

  come({isIntersecting}) {
    if (!isIntersecting || this.isNear) return
    this.isNear = true
    this.watch.disconnect()
    drawn.add(this)
    this.draw()
  }

  /** Draw it, or draw it anew; the old picture stays until the new one is there. */
  async draw() {
    if (!this.isNear || !this.told) return
    const {told} = this
    const drawing = element('div')
    try {
      const {view} = await this.embed(drawing, isDark(), isNarrow())
      if (told !== this.told) return view.finalize()
      this.view?.finalize()
      this.view = view
      this.picture.replaceChildren(drawing)
      this.trouble.hidden = true
      this.node.dataset.drawn = 'yes'
      for (const [name, value] of this.chosen) this.choose(name, value)
    } catch (problem) {
      console.error(problem)
      this.showTrouble(problem)
    }
  }

  async embed(drawing, dark, narrow = false) {
    const {vegaEmbed} = await load(this.library)
    return inTurn(() => vegaEmbed(drawing, this.specification(dark, narrow), {
      mode: 'vega-lite',
      renderer: 'canvas',
      ast: true, // expressions are interpreted: the page allows no code made of text
      actions: false,
      defaultStyle: false,
      logLevel: 1, // errors only: of a layer without data Vega warns
      tooltip: showTooltip,
    }))
  }

  specification(dark, narrow) {
    const spec = painted(narrow ? stacked(this.told.spec) : this.told.spec, dark)
    const params = spec.params?.map((param) => (this.follows(param.name)
      ? {...param, value: this.chosen.get(param.name)} : param))
    return params ? {...spec, params} : spec
  }

  /** Whether it has that parameter, and something of what is chosen. */
  follows(name) {
    const {params = [], usermeta = {}} = this.told.spec
    const value = this.chosen.get(name)
    return value !== undefined && params.some((param) => param.name === name)
      && (usermeta[name]?.includes(value) ?? true)
  }

  /** Somebody has chosen something above the charts. */
  choose(name, value) {
    this.chosen.set(name, value)
    if (this.view && this.follows(name)) this.view.signal(name, value).runAsync()
  }

  /** It is shown no more. */
  remove() {
    this.watch.disconnect()
    drawn.delete(this)
    this.view?.finalize()
    this.node.remove()
  }

  showTrouble(problem) {
    this.trouble.replaceChildren(
      `This chart could not be drawn (${problem.message}); its numbers are in the table. `,
      element('button', {type: 'button', on: {click: () => this.draw()}}, 'Try again'))
    this.trouble.hidden = false
  }

  saver(kind) {
    return element('button', {
      type: 'button', class: 'quiet', title: `Save this chart as ${kind}, on white`, on: {click: () => this.save(kind)},
    }, kind)
  }

  /** As a file, always in light colours: it is for paper and slides. */
  async save(kind) {
    try {
      const {view} = await this.embed(element('div'), false)
      const blob = kind === 'SVG'
        ? new Blob([await view.toSVG()], {type: 'image/svg+xml'})
        : await new Promise((found) => view.toCanvas(SHARP).then((canvas) => canvas.toBlob(found, 'image/png')))
      view.finalize()
      download(blob, `${this.file}.${kind.toLowerCase()}`)
    } catch (problem) {
      this.showTrouble(problem)
    }
  }
}

/** One chart after the other, with a while for the reader in between. */
function inTurn(work) {
  const done = turn.then(pause).then(work)
  turn = done.catch(() => {})
  return done
}

function download(blob, name) {
  const address = URL.createObjectURL(blob)
  element('a', {href: address, download: name}).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
