// Classes by samples in colours: each cell can be gone to, says its numbers, and leads to its rows.
// Of one sample there is a column for each metric.
//
// The colour goes by the share of errors, 1 - value, on a logarithmic scale that is the same for all
// maps, here and in the report (workflow/engines/charts/heat_maps.py).
import {hideTooltip, showTooltip} from './chart_tooltip.js'
import {HeatRows, mixOf} from './heat_rows.js'
import {numberText} from './number_text.js'
import {element, setText} from '../common/dom.js'
import * as place from '../common/place.js'

const FEW = 20 // variants; a share of fewer says little
const TITLES = {recall: 'Recall', precision: 'Precision', f1: 'F1'}
const BEHIND = {recall: ['truth_tp', 'truth_fn'], precision: ['query_tp', 'query_fp']}
const STEPS = [0.9999, 0.999, 0.99, 0.9, 0.5]

export class HeatMap {
  /**
   * @param {object} options
   * @param {string} options.place what it is called in the address
   * @param {Map<string, string>} options.chosen parameter → value, shared with the charts
   * @param {(table: string, values: object) => void} options.onLead its rows are wanted
   */
  constructor(options) {
    Object.assign(this, {...options, told: null, text: ''})
    this.heading = element('h4')
    this.words = element('p', {class: 'faint'})
    const change = () => this.change()
    this.kind = element('select', {on: {change}})
    this.kindLabel = element('label', {}, 'Type ', this.kind)
    this.order = element('select', {on: {change}})
    this.search = element('input', {type: 'search', placeholder: 'Filter', 'aria-label': 'Filter the classes', on: {input: change}})
    this.skips = element('input', {type: 'checkbox', on: {change}})
    this.rows = new HeatRows({
      onSort: (column) => this.sortBy(column), onPoint: (cell) => this.tell(cell), onOpen: (cell) => this.lead(cell),
      onHover: (cell, event) => (cell ? showTooltip(null, event, null, this.facts(cell)) : hideTooltip()),
    })
    this.said = element('p', {class: 'heat-said'})
    this.button = element('button', {type: 'button', class: 'quiet', hidden: true, on: {click: () => this.lead(this.pointed)}}, 'Show its rows')
    this.count = element('span', {class: 'faint', role: 'status'})
    this.node = element('section', {class: 'heat-map'}, this.heading, this.words,
      element('p', {class: 'heat-tools'}, this.kindLabel, element('label', {}, 'Order ', this.order), this.search,
        element('label', {}, this.skips, ` Leave out values of fewer than ${FEW} variants`), this.count),
      legend(), this.rows.root, element('div', {class: 'heat-foot'}, this.said, this.button))
    place.onChange(() => { if (this.node.isConnected) this.recall() })
  }

  /** @param {object} told a map as the API has it */
  show(told) {
    const text = JSON.stringify(told)
    if (text === this.text) return
    Object.assign(this, {text, told, pointed: null})
    setText(this.heading, told.title)
    setText(this.words, told.text)
    options(this.kind, told.kinds.map((kind) => [kind, kind]))
    this.kindLabel.hidden = told.kinds.length < 2
    options(this.order, [['', 'the lowest first'], ['listed', 'as they are listed'], ['name', 'by name'],
      ...this.heads.map(({title}, at) => [`c${at}`, `lowest of ${title}`])])
    this.index()
    this.rows.build({title: told.title, rowTitle: told.row_title, columns: this.heads.map(({title}) => title)})
    this.recall()
  }

  /** What stands side by side: samples, all by the metric that is chosen; of one sample its metrics. */
  get heads() {
    const {columns, metrics} = this.told
    if (columns.length === 1) return metrics.map((metric) => ({title: TITLES[metric] ?? metric, column: 0, metric}))
    return columns.map((title, column) => ({title, column, metric: null}))
  }

  /** Where the cell of a kind, selection, row and column stands. */
  index() {
    const {kinds, selections, rows, columns, cells} = this.told
    this.at = new Int32Array(kinds.length * selections.length * rows.length * columns.length).fill(-1)
    for (let cell = 0; cell < cells.kind.length; cell += 1) {
      this.at[this.placeOf(cells.kind[cell], cells.selection[cell], cells.row[cell], cells.column[cell])] = cell
    }
  }

  placeOf(kind, selection, row, column) {
    const {selections, rows, columns} = this.told
    return ((kind * selections.length + selection) * rows.length + row) * columns.length + column
  }

  /** What the address says is looked at. */
  recall() {
    const read = (name) => place.read(`${this.place}.${name}`)
    const {kinds} = this.told
    this.kind.value = kinds.includes(read('kind')) ? read('kind') : kinds[0]
    this.order.value = [...this.order.options].some(({value}) => value === read('order')) ? read('order') : ''
    this.search.value = read('text')
    this.skips.checked = read('few') === 'out'
    this.draw()
  }

  change() {
    const own = (name) => `${this.place}.${name}`
    const kind = this.kind.value === this.told.kinds[0] ? '' : this.kind.value
    place.write({
      [own('kind')]: kind, [own('order')]: this.order.value, [own('text')]: this.search.value.trim(), [own('few')]: this.skips.checked ? 'out' : '',
    })
    this.draw()
  }

  /** A heading was chosen: its lowest values first, or the lowest of all again. */
  sortBy(column) {
    const wanted = column < 0 ? 'name' : `c${column}`
    this.order.value = this.order.value === wanted ? '' : wanted
    this.change()
  }

  /** Something above the charts was chosen. */
  choose() {
    this.draw()
  }

  draw() {
    if (!this.told) return
    const {told: {kinds, selections, rows, metrics}, heads} = this
    const kind = kinds.indexOf(this.kind.value)
    const selection = Math.max(0, selections.indexOf(this.chosen.get('selection') ?? selections.at(-1)))
    const metric = metrics.includes(this.chosen.get('metric')) ? this.chosen.get('metric') : metrics.at(-1)
    Object.assign(this, {metric, selection: selections[selection]})
    const wanted = this.search.value.trim().toLowerCase()
    const lines = []
    rows.forEach((name, row) => {
      if (!name.toLowerCase().includes(wanted)) return
      const cells = heads.map((head) => this.cellOf(name, head, this.at[this.placeOf(kind, selection, row, head.column)]))
      if (cells.some(({value}) => value !== null)) lines.push({name, row, cells})
    })
    this.sort(lines)
    const {value} = this.order
    const sorted = value === 'name' ? -1 : value.startsWith('c') ? Number(value.slice(1)) : null
    this.rows.show(lines, sorted)
    const all = rows.length
    setText(this.count, lines.length === all ? `${all.toLocaleString('en')} classes` : `${lines.length.toLocaleString('en')} of ${all.toLocaleString('en')} classes have a value here`)
    this.tell(this.rows.pointed)
  }

  cellOf(name, {title, column: place, metric: own}, cell) {
    const {cells, columns} = this.told
    const column = columns[place]
    const metric = own ?? this.metric
    const known = cell < 0 ? null : cells[metric][cell]
    const few = known !== null && this.behind(cell, metric) < FEW
    const value = few && this.skips.checked ? null : known
    const text = value === null ? '–' : `${numberText(value)}${few ? '°' : ''}`
    const label = value === null ? `${title}: no value` : `${text}, ${title}${few ? ', few variants' : ''}`
    return {name, column, cell, value, few, text, label, mix: value === null ? null : mixOf(value)}
  }

  /** How many variants a value rests on; of F1 the fewer ones. */
  behind(cell, metric) {
    const {cells} = this.told
    const sum = (keys) => keys.reduce((total, key) => total + (cells[key]?.[cell] ?? 0), 0)
    const known = metric in BEHIND ? [BEHIND[metric]] : Object.values(BEHIND)
    return Math.min(...known.map(sum))
  }

  sort(lines) {
    const {value} = this.order
    if (value === 'listed') return
    if (value === 'name') {
      lines.sort((a, b) => a.name.localeCompare(b.name, 'en', {numeric: true}))
      return
    }
    const {columns, metrics} = this.told
    const lowest = (cells) => Math.min(...cells.filter((each) => each.value !== null).map((each) => each.value))
    // of one sample the columns are metrics, and one of them is chosen
    const first = value ? Number(value.slice(1)) : columns.length === 1 ? metrics.indexOf(this.metric) : -1
    const key = ({cells}) => (first < 0 ? lowest(cells) : cells[first].value ?? Infinity)
    const keys = new Map(lines.map((line) => [line, key(line)]))
    lines.sort((a, b) => compared(keys.get(a), keys.get(b)) || a.row - b.row)
  }

  /** What is known of a cell: name → text. */
  facts({name, column, cell, few}) {
    const {cells, metrics, counts, row_title: rowTitle, column_title: columnTitle} = this.told
    const facts = {[rowTitle]: name, [columnTitle]: column, Type: this.kind.value, Filter: this.selection}
    if (cell < 0) return {...facts, Value: 'none'}
    for (const key of metrics) facts[TITLES[key] ?? key] = cells[key][cell] === null ? '–' : numberText(cells[key][cell])
    for (const [key, title] of Object.entries(counts)) facts[title] = cells[key][cell].toLocaleString('en')
    return few ? {...facts, '°': `fewer than ${FEW} variants`} : facts
  }

  tell(cell) {
    this.pointed = cell
    const facts = cell ? Object.entries(this.facts(cell)).map(([name, text]) => `${name} ${text}`).join(' · ') : ''
    setText(this.said, facts || 'Arrow keys lead from cell to cell, Enter to the rows of one.')
    this.button.hidden = !cell || !this.told.leads_to
  }

  lead(cell) {
    if (!cell || !this.told.leads_to) return
    this.onLead(this.told.leads_to, {subset: cell.name, sample: cell.column, type: this.kind.value, selection: this.selection})
  }

  remove() {
    this.node.remove()
  }
}

/** As sort wants it; nothing (Infinity) comes last. */
function compared(a, b) {
  return a === b ? 0 : a < b ? -1 : 1
}

function options(select, pairs) {
  select.replaceChildren(...pairs.map(([value, label]) => element('option', {value}, label)))
}

function legend() {
  return element('p', {class: 'heat-legend'}, 'Colours ', ...STEPS.map((value) => {
    const step = element('span', {}, String(value))
    const mix = mixOf(value)
    step.style.setProperty('--mix', mix.share)
    step.classList.toggle('is-strong', mix.isStrong)
    return step
  }), ' ', element('span', {class: 'heat-few'}, `0.9° fewer than ${FEW} variants behind it`))
}
