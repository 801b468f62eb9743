// The page that compares two runs: results are sorted and searched where they stand.
import {counted, element, setText} from '../common/dom.js'
import * as place from '../common/place.js'

const COLLATOR = new Intl.Collator(undefined, {numeric: true})
const NUMBERS = new Set(['a', 'b', 'difference', 'change'])

class Results {
  /** @param {HTMLElement} root for what filters @param {HTMLTableElement} table */
  constructor(root, table) {
    this.body = table.tBodies[0]
    this.rows = [...this.body.rows].map((row, number) => ({row, number, text: row.textContent.toLowerCase()}))
    this.heads = [...table.tHead.rows[0].cells]
    for (const [at, head] of this.heads.entries()) {
      head.replaceChildren(element('button', {type: 'button', on: {click: () => this.sortBy(at)}}, head.textContent))
    }
    this.text = element('input', {type: 'search', maxlength: 200, placeholder: 'sample, value, row', on: {input: () => this.find()}})
    this.found = element('span', {class: 'faint', role: 'status'})
    root.append(element('div', {class: 'filter', role: 'search'}, element('label', {}, 'Search results ', this.text), this.found))
    place.onChange(() => this.restore())
    this.restore()
  }

  /** As the address has it. */
  restore() {
    this.text.value = place.read('text')
    const [name, way] = place.read('sort').split('-')
    this.sort = {at: this.heads.findIndex((head) => head.dataset.column === name), down: way === 'down'}
    this.order()
    this.filter()
  }

  find() {
    place.write({text: this.text.value})
    this.filter()
  }

  filter() {
    const words = this.text.value.toLowerCase().split(/\s+/).filter(Boolean)
    let shown = 0
    for (const {row, text} of this.rows) {
      row.hidden = !words.every((word) => text.includes(word))
      shown += !row.hidden
    }
    setText(this.found, words.length ? `${shown.toLocaleString('en')} of ${counted(this.rows.length, 'value')}` : '')
  }

  /** Up, down, and then the bigger changes first again; of numbers down first. */
  sortBy(at) {
    const first = NUMBERS.has(this.heads[at].dataset.column)
    if (this.sort.at !== at) this.sort = {at, down: first}
    else if (this.sort.down === first) this.sort = {at, down: !first}
    else this.sort = {at: -1, down: false}
    const name = this.sort.at < 0 ? '' : this.heads[at].dataset.column
    place.write({sort: name && `${name}-${this.sort.down ? 'down' : 'up'}`})
    this.order()
  }

  order() {
    const {at, down} = this.sort
    this.heads.forEach((head, each) => {
      if (each === at) head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      else head.removeAttribute('aria-sort')
    })
    const sorted = at < 0 ? this.rows : this.sorted(at, down ? -1 : 1)
    this.body.append(...sorted.map(({row}) => row))
  }

  /** What has no value comes last, whichever way. */
  sorted(at, way) {
    const keys = new Map(this.rows.map((each) => [each, keyOf(each.row.cells[at])]))
    return [...this.rows].sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)]
      if (a === '' || b === '') return (a === '') - (b === '') || one.number - other.number
      const both = typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(a, b)
      return way * both || one.number - other.number
    })
  }
}

function keyOf(cell) {
  const text = cell.dataset.sort ?? cell.textContent.trim()
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

const table = document.getElementById('results-table')
if (table) new Results(document.getElementById('results'), table)
