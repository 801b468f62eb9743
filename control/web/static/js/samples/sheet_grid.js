// The rows of a sample sheet as a table whose cells are typed into, a page of them at a time.
import {counted, element, setText} from '../common/dom.js'
import {sizeText} from '../common/sizes.js'

const PAGE = 100 // rows
let count = 0

/**
 * What the grid asks of the sheet: `list` [{cells, problems}], `columns` [Column],
 * `edit(row, name, text)`, `paste(index, name, text)` true where it took a table, `remove(index)`,
 * `append()`, `pick(index, name)`, `file(id)` an upload or null, `explain(name)`.
 */
export class SheetGrid {
  constructor(root, sheet) {
    this.sheet = sheet
    this.first = 0
    this.prefix = `sheet-${count += 1}`
    this.examples = element('div', {hidden: true})
    this.head = element('thead')
    this.body = element('tbody')
    const caption = element('caption', {class: 'unseen'}, 'Samples, one a row. Up and down arrows move between rows; paste a table into any cell.')
    this.table = element('table', {class: 'sheet'}, caption, this.head, this.body)
    this.pager = element('p', {class: 'sheet-pages', hidden: true})
    root.append(element('div', {class: 'sheet-frame'}, this.table), this.pager, this.examples)
    this.listen()
  }

  /** Draw everything anew; the cell that has the focus keeps it. */
  draw() {
    const {list, columns} = this.sheet
    const active = document.activeElement
    const focus = this.place(active)
    const marked = focus && active.tagName === 'INPUT' ? [active.selectionStart, active.selectionEnd] : null
    this.first = Math.max(0, Math.min(this.first, Math.floor((list.length - 1) / PAGE) * PAGE))
    this.head.replaceChildren(element('tr', {},
      element('th', {scope: 'col', class: 'sheet-number'}, element('span', {class: 'unseen'}, 'Row')),
      ...columns.map((column) => this.heading(column)),
      element('th', {scope: 'col'}, element('span', {class: 'unseen'}, 'Remove'))))
    this.examples.replaceChildren(...columns.filter(({examples}) => examples.length).map(({name, examples}) => element(
      'datalist', {id: `${this.prefix}-${name}`}, ...examples.map((value) => element('option', {value})))))
    const seen = list.slice(this.first, this.first + PAGE)
    this.body.replaceChildren(...seen.map((row, at) => this.row(row, this.first + at)))
    this.drawPager()
    if (!focus || focus.index < this.first) return
    const again = this.input(focus.index, focus.name)
    again?.focus()
    if (marked && again?.tagName === 'INPUT') again.setSelectionRange(...marked)
  }

  /** Draw what is said of the cells of one row anew, not the cells themselves. */
  refresh(index) {
    const line = this.body.children[index - this.first]
    if (!line || index < this.first) return
    for (const cell of line.querySelectorAll('td[data-column]')) this.note(cell, index)
    this.noteRow(line, this.sheet.list[index])
  }

  refreshAll() {
    this.sheet.list.slice(this.first, this.first + PAGE).forEach((_, at) => this.refresh(this.first + at))
  }

  /** Go to a cell, on whatever page it is. */
  focus(index, name) {
    const page = Math.floor(index / PAGE) * PAGE
    if (page !== this.first) {
      this.first = page
      this.draw()
    }
    const input = this.input(index, name) ?? this.input(index, this.sheet.columns[0]?.name)
    input?.focus()
    input?.scrollIntoView({block: 'nearest', inline: 'nearest'})
  }

  input(index, name) {
    const line = this.body.children[index - this.first]
    return line?.querySelector(`td[data-column="${CSS.escape(name)}"] :is(input, select)`)
  }

  heading(column) {
    const label = element('button', {type: 'button', class: 'sheet-name', on: {click: () => this.sheet.explain(column.name)}}, column.name)
    const needed = column.isRequired ? element('span', {class: 'sheet-needed'}, 'needed') : null
    const unknown = column.isKnown ? null : element('span', {class: 'wrong'}, 'not known here')
    return element('th', {scope: 'col', 'data-column': column.name, title: column.help || null}, label, needed, unknown)
  }

  row(row, index) {
    const number = index + 2 // as a spreadsheet counts, the header being row 1
    const cells = this.sheet.columns.map((column) => {
      const cell = element('td', {'data-column': column.name, 'data-label': column.name},
        element('div', {class: 'cell'}, this.field(column, row, number), this.pickButton(column, number)),
        element('small', {class: 'cell-note'}),
        element('span', {class: 'wrong', id: `${this.prefix}-${number}-${column.name}`}))
      this.note(cell, index)
      return cell
    })
    const remove = element('button', {type: 'button', class: 'quiet', 'data-do': 'remove', 'aria-label': `Remove row ${number}`, title: 'Remove this row'}, '×')
    const line = element('tr', {}, element('th', {scope: 'row', class: 'sheet-number'}, String(number),
      element('span', {class: 'wrong'})), ...cells, element('td', {class: 'sheet-remove'}, remove))
    this.noteRow(line, row)
    return line
  }

  field(column, row, number) {
    const text = row.cells[column.name] ?? ''
    const label = {'aria-label': `${column.name}, row ${number}`}
    if (!column.choices.length) {
      const list = column.examples.length ? `${this.prefix}-${column.name}` : null
      const made = element('input', {...label, list, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false'})
      made.value = text
      return made
    }
    const odd = text && !column.choices.includes(text) ? [text] : []
    const made = element('select', label, ...['', ...odd, ...column.choices].map((each) => element('option', {value: each}, each)))
    made.value = text
    return made
  }

  pickButton(column, number) {
    if (!column.kind) return null
    const what = column.kind === 'source' ? 'Find where the files are' : 'Choose or upload a file'
    return element('button', {type: 'button', class: 'quiet', 'data-do': 'pick', 'aria-label': `${what}: ${column.name}, row ${number}`, title: `${what}…`}, '…')
  }

  /** What is said below a cell: what is wrong with it, which upload it is. */
  note(cell, index) {
    const row = this.sheet.list[index]
    const name = cell.dataset.column
    const [small, wrong] = [cell.querySelector('.cell-note'), cell.querySelector('.wrong')]
    const text = row.problems.get(name) ?? ''
    setText(small, this.about(row.cells[name] ?? ''))
    setText(wrong, text)
    const input = cell.querySelector('input, select')
    const marks = text ? {'aria-invalid': 'true', 'aria-describedby': wrong.id} : {}
    for (const key of ['aria-invalid', 'aria-describedby']) {
      if (marks[key]) input.setAttribute(key, marks[key])
      else input.removeAttribute(key)
    }
  }

  noteRow(line, row) {
    setText(line.querySelector('th .wrong'), row.problems.get('') ?? '')
  }

  about(text) {
    return text.split(',').map((each) => this.aboutOne(each.trim())).filter(Boolean).join(' · ')
  }

  aboutOne(text) {
    if (!text.startsWith('upload:')) return ''
    const file = this.sheet.file(text.slice(7))
    if (!file) return 'an upload that is not there (any more)'
    if (file.state === 'finished') return `${file.name}, ${sizeText(file.size)}`
    const part = Math.floor(100 * file.received / file.size)
    return `${file.name}: ${part} % uploaded${file.state === 'sending' ? '' : `, ${WORDS[file.state] ?? file.state}`}`
  }

  drawPager() {
    const {length} = this.sheet.list
    this.pager.hidden = length <= PAGE
    if (this.pager.hidden) return
    const last = Math.min(length, this.first + PAGE)
    const turn = (by, word) => element('button', {
      type: 'button', disabled: this.first + by < 0 || this.first + by >= length,
      on: {click: () => { this.first += by; this.draw() }},
    }, word)
    this.pager.replaceChildren(turn(-PAGE, 'Previous'), ` rows ${this.first + 2} to ${last + 1}, ${counted(length, 'sample')} in all `, turn(PAGE, 'Next'))
  }

  /** Which cell an element is of: {index, name}; null where it is of none. */
  place(target) {
    const line = target?.closest?.('tbody > tr')
    if (!line || line.parentNode !== this.body) return null
    const index = this.first + [...this.body.children].indexOf(line)
    return {index, name: target.closest('td')?.dataset.column ?? ''}
  }

  listen() {
    const {body, sheet} = this
    body.addEventListener('input', ({target}) => {
      const {index, name} = this.place(target)
      sheet.edit(sheet.list[index], name, target.value)
      this.refresh(index)
    })
    body.addEventListener('change', ({target}) => sheet.leave(this.place(target)))
    body.addEventListener('focusin', ({target}) => sheet.explain(this.place(target)?.name ?? ''))
    body.addEventListener('paste', (event) => {
      const {index, name} = this.place(event.target)
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (/[\t\n]/.test(text.trim()) && sheet.paste(index, name, text)) event.preventDefault()
    })
    body.addEventListener('click', ({target}) => {
      const action = target.closest('[data-do]')?.dataset.do
      const {index, name} = this.place(target) ?? {}
      if (action === 'pick') sheet.pick(index, name)
      if (action === 'remove') this.remove(index)
    })
    body.addEventListener('keydown', (event) => this.move(event))
  }

  remove(index) {
    this.sheet.remove(index)
    const next = this.body.children[Math.min(index, this.sheet.list.length - 1) - this.first]
    next?.querySelector('[data-do=remove]').focus()
  }

  move(event) {
    const {target, key} = event
    if (target.tagName !== 'INPUT' || event.isComposing) return
    const step = {ArrowUp: -1, ArrowDown: 1, Enter: 1}[key]
    if (!step) return
    event.preventDefault() // Enter would send the form that is around
    const {index, name} = this.place(target)
    if (key === 'Enter' && index === this.sheet.list.length - 1 && target.value.trim()) this.sheet.append()
    const to = index + step
    if (to >= 0 && to < this.sheet.list.length) this.focus(to, name)
  }
}

const WORDS = {left: 'not whole', waiting: 'waits', paused: 'paused', broken: 'no connection', failed: 'failed', checking: 'is checked'}
