// The cells of a heat map: those in sight are in the page; keys lead from one to the next.
import {element, setText} from '../common/dom.js'
import {VirtualRows} from '../common/virtual_rows.js'

const BEST = 1e-4 // shares of errors at the ends of the colours
const WORST = 0.5
const STRONG = 0.7 // of the way to the strongest colour; from there on the text is light
const WEAKEST_STRONG = 82 // per cent of the colour: between these two neither text could be read
const STRONGEST_WEAK = 62
const NAME = {least: 10, most: 30, letter: 0.56} // em
const VALUE = {least: 4.8, most: 9}

let grids = 0

/** How much of the colour a value has, in per cent, and whether text on it is light. */
export function mixOf(value) {
  const errors = Math.min(WORST, Math.max(BEST, 1 - value))
  const share = Math.log(errors / BEST) / Math.log(WORST / BEST)
  const isStrong = share > STRONG
  const mix = isStrong
    ? WEAKEST_STRONG + ((share - STRONG) / (1 - STRONG)) * (100 - WEAKEST_STRONG)
    : (share / STRONG) * STRONGEST_WEAK
  return {share: `${mix.toFixed(1)}%`, isStrong}
}

export class HeatRows {
  /**
   * @param {object} options
   * @param {(column: number) => void} options.onSort a heading was chosen; -1: that of the classes
   * @param {(cell: object|null) => void} options.onPoint keys or a click have led to a cell
   * @param {(cell: object) => void} options.onOpen its rows are wanted
   * @param {(cell: object|null, event: PointerEvent) => void} options.onHover
   */
  constructor(options) {
    grids += 1
    Object.assign(this, {...options, id: `heat-${grids}`, lines: [], row: -1, column: 0, columns: []})
    this.head = element('div', {class: 'heat-row', role: 'row', 'aria-rowindex': 1})
    this.root = element('div', {class: 'heat-rows', role: 'grid', tabindex: 0, on: {
      keydown: (event) => this.hearKey(event),
      focus: () => this.focus(),
      click: (event) => this.hearClick(event),
      pointerover: (event) => this.onHover(this.cellAt(event.target), event),
      pointerleave: (event) => this.onHover(null, event),
    }}, element('div', {class: 'heat-head', role: 'rowgroup'}, this.head))
    this.virtual = new VirtualRows(this.root, {make: () => this.make(), fill: (line, at) => this.fill(line, at)})
    this.virtual.space.setAttribute('role', 'rowgroup')
    this.virtual.block.setAttribute('role', 'presentation')
  }

  /** Other columns than before. */
  build({title, rowTitle, columns}) {
    Object.assign(this, {columns, row: -1})
    this.root.setAttribute('aria-label', title)
    this.root.setAttribute('aria-colcount', columns.length + 1)
    this.heads = [rowTitle, ...columns].map((name, at) => element('span', {role: 'columnheader', 'aria-colindex': at + 1},
      element('button', {type: 'button', title: name, on: {click: () => this.onSort(at - 1)}}, name)))
    this.head.replaceChildren(...this.heads)
    const longest = Math.max(...columns.map((name) => name.length)) * 0.65 + 1.2
    this.root.style.setProperty('--heat-value', `${Math.min(VALUE.most, Math.max(VALUE.least, longest)).toFixed(1)}em`)
    this.root.style.setProperty('--heat-count', columns.length)
    this.virtual.rows.splice(0).forEach((row) => row.remove())
    this.virtual.measure()
  }

  /**
   * @param {object[]} lines {name, cells}
   * @param {number|null} sorted the column that they are sorted by; -1: by their names
   */
  show(lines, sorted) {
    const pointed = this.lines[this.row]?.name
    this.lines = lines
    this.row = pointed === undefined ? -1 : lines.findIndex(({name}) => name === pointed)
    this.heads.forEach((node, at) => {
      if (at - 1 === sorted) node.setAttribute('aria-sort', 'ascending')
      else node.removeAttribute('aria-sort')
    })
    const longest = lines.reduce((most, {name}) => Math.max(most, name.length), 0) * NAME.letter
    this.root.style.setProperty('--heat-name', `${Math.min(NAME.most, Math.max(NAME.least, longest)).toFixed(1)}em`)
    this.root.setAttribute('aria-rowcount', lines.length + 1)
    this.virtual.count = lines.length
    this.virtual.soon()
  }

  /** The cell that keys have led to; null where there is none. */
  get pointed() {
    return this.lines[this.row]?.cells[this.column] ?? null
  }

  make() {
    const name = element('span', {role: 'rowheader', 'aria-colindex': 1, class: 'heat-name'})
    const cells = this.columns.map((_, at) => element('span', {role: 'gridcell', 'aria-colindex': at + 2, class: 'heat-cell'}))
    const line = element('div', {class: 'heat-row', role: 'row'}, name, ...cells)
    return Object.assign(line, {heading: name, cells})
  }

  fill(line, at) {
    const told = this.lines[at]
    line.index = at
    line.setAttribute('aria-rowindex', at + 2)
    setText(line.heading, told.name)
    line.heading.title = told.name
    told.cells.forEach((cell, column) => {
      const node = line.cells[column]
      setText(node, cell.text)
      node.setAttribute('aria-label', cell.label)
      node.style.setProperty('--mix', cell.mix?.share ?? '0%')
      node.classList.toggle('is-strong', Boolean(cell.mix?.isStrong))
      node.classList.toggle('is-few', cell.few)
      const isActive = at === this.row && column === this.column
      node.classList.toggle('is-active', isActive)
      node.id = `${this.id}-${at}-${column}`
      if (isActive) this.root.setAttribute('aria-activedescendant', node.id)
    })
  }

  hearKey(event) {
    if (event.target !== this.root || event.altKey || event.metaKey) return
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.virtual.height) - 2)
    const {row, column} = this
    const [last, end] = [this.lines.length - 1, this.columns.length - 1]
    const to = {
      ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
      PageDown: [row + page, column], PageUp: [row - page, column],
      Home: event.ctrlKey ? [0, 0] : [row, 0], End: event.ctrlKey ? [last, end] : [row, end],
    }[event.key]
    if (to && last >= 0) this.point(Math.max(0, Math.min(last, to[0])), Math.max(0, Math.min(end, to[1])))
    else if (['Enter', ' '].includes(event.key) && this.pointed) this.onOpen(this.pointed)
    else return
    event.preventDefault()
  }

  /** By Tab to the first cell, if keys have led to none yet. */
  focus() {
    if (this.row < 0 && this.lines.length && this.root.matches(':focus-visible')) this.point(0, 0)
  }

  hearClick({target}) {
    const found = this.placeAt(target)
    if (!found) return
    const isAgain = found.row === this.row && found.column === this.column
    this.point(found.row, found.column)
    if (isAgain) this.onOpen(this.pointed)
  }

  placeAt(target) {
    const node = target.closest?.('.heat-cell')
    const line = node?.closest('.heat-row')
    return line?.index === undefined ? null : {row: line.index, column: line.cells.indexOf(node)}
  }

  cellAt(target) {
    const found = this.placeAt(target)
    return found ? this.lines[found.row]?.cells[found.column] : null
  }

  /** Lead to a cell, and bring it in sight. */
  point(row, column) {
    Object.assign(this, {row, column})
    this.root.removeAttribute('aria-activedescendant') // until the cell is in the page
    const {virtual, root} = this
    const sight = root.clientHeight / virtual.height - 2 // heading, and a row that is cut off
    if (row < virtual.top) virtual.scrollTo(row)
    else if (row > virtual.top + sight) virtual.scrollTo(row - Math.floor(sight) + 1)
    this.bringAcross(column)
    virtual.soon()
    this.onPoint(this.pointed)
  }

  bringAcross(column) {
    const {root} = this
    const head = this.heads[column + 1]
    const left = head.offsetLeft - this.heads[0].offsetWidth
    if (left < root.scrollLeft) root.scrollLeft = left
    else if (head.offsetLeft + head.offsetWidth > root.scrollLeft + root.clientWidth) root.scrollLeft = head.offsetLeft + head.offsetWidth - root.clientWidth
  }
}
