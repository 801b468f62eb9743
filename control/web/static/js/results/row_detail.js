// All that is known of a row of a table, over the page, with the text that explains it.
import {ask} from '../common/api.js'
import {element, setText} from '../common/dom.js'
import {ReadsPicture} from './reads_picture.js'
import {textOf} from '../table/column_types.js'

export class RowDetail {
  /**
   * @param {object} options
   * @param {object[]} options.columns of the table
   * @param {string} options.opens key of the rows' values that say where a text is: address#/json/pointer
   */
  constructor({columns, opens}) {
    Object.assign(this, {columns, opens, row: null, rows: []})
    this.files = new Map() // address → what the file holds: many rows have their texts in one
    this.title = element('h2', {id: `row-${opens}-title`, tabindex: -1})
    this.facts = element('dl', {class: 'row-facts'})
    this.text = element('pre', {class: 'row-text', tabindex: 0, role: 'region', 'aria-label': 'Explanation'})
    this.status = element('p', {class: 'faint', role: 'status'})
    this.reads = new ReadsPicture()
    this.before = element('button', {type: 'button', on: {click: () => this.step(-1)}}, '← Previous')
    this.after = element('button', {type: 'button', on: {click: () => this.step(1)}}, 'Next →')
    this.where = element('span', {class: 'faint'})
    this.root = element('dialog', {class: 'row-detail', 'aria-labelledby': this.title.id},
      this.title,
      element('p', {class: 'buttons'}, this.before, this.after, this.where,
        element('button', {type: 'button', on: {click: () => this.root.close()}}, 'Close')),
      this.text, this.status, this.reads.root, this.facts)
    this.root.addEventListener('click', ({target}) => { if (target === this.root) this.root.close() })
    this.root.addEventListener('close', () => {
      this.reads.show('')
      this.root.remove()
    })
  }

  /** @param {object} row @param {object[]} rows those that are shown, in their order */
  open(row, rows) {
    Object.assign(this, {row, rows})
    if (!this.root.isConnected) document.body.append(this.root)
    this.show()
    if (!this.root.open) this.root.showModal()
  }

  /** The files may be others now. */
  forget() {
    this.files.clear()
  }

  step(by) {
    const row = this.rows[this.rows.indexOf(this.row) + by]
    if (row) this.open(row, this.rows)
  }

  show() {
    const {columns, row, rows} = this
    const at = rows.indexOf(row)
    const told = columns.map((column) => [column, textOf(column, row)]).filter(([, text]) => text)
    setText(this.title, told.slice(0, 3).map(([, text]) => text).join(', '))
    this.facts.replaceChildren(...told.flatMap(([{title}, text]) => [element('dt', {}, title), element('dd', {}, text)]))
    this.before.disabled = at <= 0
    this.after.disabled = at < 0 || at >= rows.length - 1
    setText(this.where, `${(at + 1).toLocaleString('en')} of ${rows.length.toLocaleString('en')}`)
    if (this.root.contains(document.activeElement) && document.activeElement.disabled) this.title.focus()
    this.explain()
    this.reads.show(row.reads ?? '')
  }

  async explain() {
    const {row} = this
    const [address, pointer] = String(row[this.opens] ?? '').split('#')
    setText(this.status, 'Reading why …')
    this.status.hidden = false
    this.text.hidden = true
    let text = ''
    let trouble = ''
    try {
      text = at(await this.read(address), pointer)
    } catch (problem) {
      trouble = `The explanation cannot be shown: ${problem.message}`
    }
    if (row !== this.row) return
    setText(this.text, text)
    this.text.hidden = !text
    setText(this.status, trouble || (text ? '' : 'There is no explanation of it.'))
    this.status.hidden = !this.status.textContent
  }

  read(address) {
    const {files} = this
    if (!files.has(address)) {
      const content = ask(address)
      content.catch(() => files.delete(address)) // so that one can try again
      files.set(address, content)
    }
    return files.get(address)
  }
}

/** What a JSON pointer (RFC 6901) leads to, as text; '' where it leads nowhere. */
function at(content, pointer = '') {
  const keys = pointer.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const found = keys.reduce((value, key) => (value && Object.hasOwn(value, key) ? value[key] : undefined), content)
  return typeof found === 'string' ? found : ''
}
