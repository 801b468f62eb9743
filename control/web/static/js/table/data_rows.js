// The rows of a table and their heading: those in sight, and by which keys one goes through them.
import {fill, isNumeric} from './column_types.js'
import {element} from '../common/dom.js'
import {VirtualRows} from '../common/virtual_rows.js'

const CARD = {first: 2.2, line: 2.5, edge: 0.8} // em of what a row needs on a narrow page

export class DataRows {
  /**
   * @param {object} options
   * @param {string} options.id of the table in the page
   * @param {object[]} options.columns see data_table.js
   * @param {(key: string) => void} options.onSort a heading was chosen
   * @param {(row: object) => void} [options.onOpen] a row was chosen
   */
  constructor({id, columns, onSort, onOpen}) {
    Object.assign(this, {id, columns, onOpen})
    this.shown = []
    this.active = -1 // the row that keys have led to
    this.version = 0
    this.heads = columns.map((column, at) => head(column, at, onSort))
    this.root = element('div', {
      class: 'data-rows', tabindex: 0, role: onOpen ? 'grid' : 'table', 'aria-labelledby': `${id}-title`, 'aria-colcount': columns.length,
    }, element('div', {class: 'data-head', role: 'rowgroup'}, element('div', {class: 'data-row', role: 'row', 'aria-rowindex': 1}, ...this.heads)))
    this.root.style.setProperty('--card', `${CARD.first + CARD.line * Math.ceil((columns.length - 1) / 2) + CARD.edge}em`)
    this.lines = new VirtualRows(this.root, {make: () => this.make(), fill: (line, index) => this.fill(line, index)})
    this.lines.space.setAttribute('role', 'rowgroup')
    this.lines.block.setAttribute('role', 'presentation')
    if (!onOpen) return
    this.root.classList.add('can-open')
    this.root.addEventListener('keydown', (event) => this.hearKey(event))
    this.root.addEventListener('focus', () => this.lines.soon())
    this.root.addEventListener('click', (event) => this.hearClick(event))
  }

  /** Show these rows. */
  show(rows) {
    const active = this.shown[this.active]
    this.shown = rows
    if (active) this.active = rows[this.active] === active ? this.active : rows.indexOf(active)
    this.root.setAttribute('aria-rowcount', rows.length + 1)
    this.lines.count = rows.length
  }

  /** Rows have changed in themselves. */
  forget() {
    this.version += 1
    this.lines.soon()
  }

  /** @param {string} key of the column that the rows are sorted by; "" for none */
  showSort(key, isDown) {
    this.heads.forEach((node, at) => {
      if (key && this.columns[at].key === key) node.setAttribute('aria-sort', isDown ? 'descending' : 'ascending')
      else node.removeAttribute('aria-sort')
    })
  }

  toTop() {
    this.root.scrollTop = 0
  }

  make() {
    const cells = this.columns.map((column, at) => element('span', {
      role: this.onOpen ? 'gridcell' : 'cell', class: isNumeric(column) ? 'is-number' : null, 'aria-colindex': at + 1, 'data-label': column.title,
    }))
    const line = element('div', {class: 'data-row', role: 'row'}, ...cells)
    line.cells = cells
    return line
  }

  fill(line, index) {
    const row = this.shown[index]
    line.index = index
    line.id = `${this.id}-${index}`
    line.setAttribute('aria-rowindex', index + 2)
    line.classList.toggle('is-active', index === this.active)
    if (index === this.active) this.root.setAttribute('aria-activedescendant', line.id)
    if (line.row === row && line.version === this.version) return
    Object.assign(line, {row, version: this.version})
    this.columns.forEach((column, at) => {
      const cell = line.cells[at]
      fill(cell, column, row)
      if (!column.fill && cell.title !== cell.textContent) cell.title = cell.textContent // it may be cut off
    })
  }

  hearKey(event) {
    if (event.target !== this.root || event.altKey || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.lines.height) - 2)
    const last = this.shown.length - 1
    const to = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page, Home: 0, End: last,
    }[event.key]
    if (to !== undefined && last >= 0) this.activate(Math.max(0, Math.min(last, to)))
    else if (['Enter', ' '].includes(event.key) && this.shown[this.active]) this.onOpen(this.shown[this.active])
    else return
    event.preventDefault()
  }

  hearClick({target}) {
    const line = target.closest('.data-row')
    if (line?.index === undefined || target.closest('a, button, input, summary')) return
    if (!getSelection().isCollapsed) return // somebody marks a text
    this.activate(line.index)
    this.onOpen(this.shown[line.index])
  }

  /** Lead to a row, and bring it in sight. */
  activate(index) {
    this.active = index
    this.root.removeAttribute('aria-activedescendant') // until the row is in the page
    const {lines, root} = this
    const sight = root.clientHeight / lines.height - 2 // heading, and a row that is cut off
    if (index < lines.top) lines.scrollTo(index)
    else if (index > lines.top + sight) lines.scrollTo(index - Math.floor(sight) + 1)
    lines.soon()
  }
}

function head(column, at, onSort) {
  return element('span', {role: 'columnheader', class: isNumeric(column) ? 'is-number' : null, 'aria-colindex': at + 1},
    element('button', {
      type: 'button', 'data-tip': column.help, 'aria-description': column.help, on: {click: () => onSort(column.key)},
    }, column.title))
}
