// All jobs of a run, however many: filtered, sorted, and only those in sight in the page.
import {counted, element, setText, wildcardText} from '../common/dom.js'
import {COLUMNS, fillRow, makeRow, said} from './job_columns.js'
import {waitsFor} from './cluster.js'
import * as place from '../common/place.js'
import {popup} from '../common/popup.js'
import {STATES} from './states.js'
import {VirtualRows} from '../common/virtual_rows.js'

const FEW = 13 // that many do not fill it
const BEGUN = COLUMNS.find(({name}) => name === 'started')
const GAP = 0.75 // rem between two columns

export class JobsTable {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {(job: object) => void} options.onOpen the details of a job are wanted
   * @param {(job: object) => void} options.onLog its log is wanted
   * @param {(rule: string) => void} options.onRule another rule was chosen
   */
  constructor(root, {onOpen, onLog, onRule}) {
    this.jobs = []
    this.shown = []
    this.sort = {column: null, down: false}
    this.wanted = null // names of columns that the reader chose
    this.visible = new Set()
    this.build(root, onRule)
    this.rows = new VirtualRows(this.body, {
      make: () => makeRow({onOpen, onLog}),
      fill: (row, index) => {
        fillRow(row, this.shown[index], this.visible)
        row.setAttribute('aria-rowindex', index + 2)
      },
    })
    this.rows.space.setAttribute('role', 'presentation')
    this.rows.block.setAttribute('role', 'presentation')
    this.recall()
  }

  build(root, onRule) {
    this.rule = choice('Rule', () => onRule(this.rule.select.value))
    this.state = choice('State', () => this.change({state: this.state.select.value}))
    this.text = element('input', {
      type: 'search', maxlength: 200, on: {input: () => this.change({text: this.text.value}, {step: false})},
    })
    this.summary = element('span', {class: 'faint', role: 'status'})
    this.clear = element('button', {type: 'button', class: 'quiet', hidden: true, on: {click: () => this.showAll(onRule)}}, 'Show all jobs')
    this.heads = COLUMNS.map((column) => element('span', {
      role: 'columnheader', 'data-column': column.name, title: column.help,
    }, column.key
      ? element('button', {type: 'button', on: {click: () => this.sortBy(column)}}, column.title)
      : column.title))
    this.body = element('div', {class: 'virtual', tabindex: 0, role: 'rowgroup'})
    this.table = element('div', {class: 'jobs', role: 'table', 'aria-label': 'Jobs'},
      element('div', {class: 'job head', role: 'row'}, ...this.heads), this.body)
    root.append(
      element('div', {class: 'filter', role: 'search', 'aria-label': 'Among the jobs'},
        this.rule.root, this.state.root, element('label', {}, 'Text ', this.text), this.columnMenu()),
      element('p', {class: 'buttons jobs-shown'}, this.summary, this.clear), element('div', {class: 'wide'}, this.table))
    offer(this.state.select, STATES.filter((state) => state !== 'waiting'), 'any')
  }

  columnMenu() {
    this.boxes = new Map(COLUMNS.filter(({name}) => name !== 'rule').map(({name, title, help}) => {
      const box = element('input', {type: 'checkbox', on: {change: () => this.wantColumns()}})
      return [name, {box, root: element('label', {title: help}, box, ` ${title}`)}]
    }))
    return popup({class: 'columns'}, element('summary', {}, 'Columns'),
      element('fieldset', {}, element('legend', {class: 'unseen'}, 'Columns'), ...[...this.boxes.values()].map(({root}) => root)))
  }

  /** What the address says. */
  recall() {
    this.state.select.value = place.read('state')
    if (this.state.select.selectedIndex < 0) this.state.select.value = ''
    this.text.value = place.read('text')
    const [, way, name] = /^(-?)(\w*)$/.exec(place.read('sort')) ?? []
    this.sort = {column: COLUMNS.find((column) => column.key && column.name === name) ?? null, down: way === '-'}
    this.wanted = place.read('columns') ? new Set(place.read('columns').split('.')) : null
    this.markSort()
    this.refresh()
  }

  /** The reader has changed something that the address tells. */
  change(told, {step = true} = {}) {
    place.write(told, {step})
    this.refresh()
  }

  /** Nothing is filtered any more. */
  showAll(onRule) {
    this.state.select.value = this.text.value = ''
    place.write({state: '', text: ''}, {step: true})
    this.rule.select.focus() // the button goes away
    onRule('')
  }

  wantColumns() {
    const names = COLUMNS.map(({name}) => name).filter((name) => name === 'rule' || this.boxes.get(name).box.checked)
    this.wanted = new Set(names)
    this.change({columns: names.join('.')})
  }

  /** @param {object[]} jobs all of them @param {string[]} rules their names @param {string} rule the chosen one */
  show(jobs, rules, rule) {
    this.jobs = jobs
    // an address may name a rule of another run
    offer(this.rule.select, rule && !rules.includes(rule) ? [...rules, rule] : rules, 'any')
    this.rule.select.value = rule
    this.chosen = rule
    this.refresh()
  }

  refresh() {
    this.showColumns()
    const [rule, state, text] = [this.chosen, this.state.select.value, this.text.value.toLowerCase()]
    this.shown = this.jobs.filter((job) => (!rule || job.rule === rule) && (!state || job.state === state)
      && (!text || textOf(job).toLowerCase().includes(text)))
    this.order()
    const all = counted(this.jobs.length, 'job')
    setText(this.summary, this.shown.length === this.jobs.length ? all : `${this.shown.length.toLocaleString('en')} of ${all}`)
    this.clear.hidden = !(rule || state || text)
    this.table.setAttribute('aria-rowcount', this.shown.length + 1)
    this.body.classList.toggle('is-short', this.shown.length < FEW)
    this.rows.count = this.shown.length
  }

  /** Those that somebody wants, or about which something is known. */
  showColumns() {
    const isShown = ({name, isKnown, isExtra}) => {
      if (name === 'rule') return true
      if (this.wanted) return this.wanted.has(name)
      return !isExtra && (!isKnown || this.visible.has(name) || this.jobs.some(isKnown))
    }
    const shown = COLUMNS.filter(isShown)
    const key = shown.map(({name}) => name).join()
    if (key === this.columns) return
    this.columns = key
    this.visible = new Set(shown.map(({name}) => name))
    this.heads.forEach((head, at) => { head.hidden = !this.visible.has(COLUMNS[at].name) })
    for (const [name, {box}] of this.boxes) box.checked = this.visible.has(name)
    this.table.style.setProperty('--wide-columns', shown.map(({width}) => width).join(' '))
    const least = shown.reduce((sum, {width}) => sum + Number.parseFloat(/[\d.]+/.exec(width)[0]) + GAP, GAP)
    this.table.style.setProperty('--least', `${least}rem`)
    this.rows?.soon()
  }

  order() {
    const {column, down} = {...this.sort, column: this.sort.column ?? BEGUN}
    const keys = new Map(this.shown.map((job) => [job, column.key(job)]))
    const way = down ? -1 : 1
    this.shown.sort((a, b) => {
      const [left, right] = [keys.get(a), keys.get(b)]
      return way * (left < right ? -1 : left > right ? 1 : 0) || a.process - b.process || a.jobid - b.jobid
    })
  }

  /** Up, down, and then as they began. */
  sortBy(column) {
    const {column: before, down} = this.sort
    if (before !== column) this.sort = {column, down: false}
    else this.sort = down ? {column: null, down: false} : {column, down: true}
    this.markSort()
    this.change({sort: this.sort.column ? `${this.sort.down ? '-' : ''}${this.sort.column.name}` : ''})
  }

  markSort() {
    this.heads.forEach((head, at) => {
      if (COLUMNS[at] === this.sort.column) head.setAttribute('aria-sort', this.sort.down ? 'descending' : 'ascending')
      else head.removeAttribute('aria-sort')
    })
  }
}

function textOf(job) {
  return [job.rule, wildcardText(job.wildcards), said(job), job.external_id, job.node, waitsFor(job)].join(' ')
}

function choice(title, onChange) {
  const select = element('select', {on: {change: onChange}})
  return {select, root: element('label', {}, `${title} `, select)}
}

/** Let a list of choices be these; what is chosen stays. */
function offer(select, names, none) {
  const wanted = ['', ...names]
  if (select.options.length === wanted.length && select.options[wanted.length - 1].value === wanted.at(-1)) return
  const chosen = select.value
  select.replaceChildren(...wanted.map((name) => element('option', {value: name}, name || none)))
  select.value = chosen
}
