// Which columns a sample sheet shows, each with what it is for.
import {element, setText} from '../common/dom.js'
import {helpText} from '../common/help_text.js'

export class ColumnPicker {
  /**
   * @param {HTMLElement} root
   * @param {(names: string[]) => void} onChange which are shown now
   */
  constructor(root, onChange) {
    this.onChange = onChange
    this.summary = element('summary', {}, 'Columns')
    this.list = element('ul', {class: 'columns'})
    this.root = element('details', {class: 'column-picker'}, this.summary, this.list)
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.root.open) return
      event.preventDefault()
      this.root.open = false
      this.summary.focus()
    })
    root.append(this.root)
  }

  /**
   * @param {import('./sheet_columns.js').Column[]} all
   * @param {string[]} shown
   * @param {(name: string) => boolean} isFilled whether a row has a value there: it stays
   */
  show(all, shown, isFilled) {
    setText(this.summary, `Columns (${shown.length} of ${all.length})`)
    this.list.replaceChildren(...all.map((column) => {
      const stays = column.isRequired || isFilled(column.name)
      const help = element('small', {id: `column-help-${column.name}`}, ...helpText(column.help || 'The check will refuse it: no column has this name.'))
      const box = element('input', {type: 'checkbox', value: column.name, disabled: stays, 'aria-describedby': help.id})
      box.checked = shown.includes(column.name)
      box.addEventListener('change', () => this.onChange(this.chosen()))
      const why = column.isRequired ? ' (needed)' : stays ? ' (has values)' : ''
      return element('li', {}, element('label', {}, box, element('span', {}, element('b', {}, column.name), why)), help)
    }))
  }

  chosen() {
    return [...this.list.querySelectorAll('input:checked')].map(({value}) => value)
  }
}
