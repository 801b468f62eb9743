// Several things of one kind, by names of one's own: genomes, threads of rules.
import {element, setText} from '../common/dom.js'
import {groupFrame, openFound, showBadge} from './group_frame.js'
import {isGroup, ofOtherKeys} from './schema_check.js'
import {nameOf, prose, valueText} from './schema_words.js'

export class SettingMap {
  /** @param {{depth?: number, fieldOf: Function}} options */
  constructor(schema, path, form, {depth = 1, name, fieldOf}) {
    this.schema = schema
    this.path = path
    this.form = form
    this.depth = depth
    this.fieldOf = fieldOf
    this.name = name ?? nameOf(path.split('.').at(-1))
    this.rows = []
    this.raw = undefined
    this.list = element('div', {class: 'rows'})
    this.wrong = element('span', {class: 'wrong', hidden: true})
    this.odd = element('p', {class: 'strangers', hidden: true})
    this.adder = element('button', {
      type: 'button', class: 'small', 'aria-label': `Add one to ${this.name.toLowerCase()}`, on: {click: () => this.addRow()},
    }, 'Add one')
    this.badge = element('span', {class: 'badge'})
    this.root = groupFrame(this, [this.wrong, this.odd, this.list, this.adder])
  }

  read() {
    if (this.raw !== undefined) return this.raw
    const found = {}
    for (const {input, field} of this.rows) {
      const value = field.read() ?? (this.hasGroups ? {} : undefined)
      if (input.value.trim() && value !== undefined) found[input.value.trim()] = value
    }
    return Object.keys(found).length ? found : undefined
  }

  write(value) {
    this.raw = value === null || isGroup(value) ? undefined : value
    this.odd.hidden = this.raw === undefined
    if (this.raw !== undefined) setText(this.odd, `Set to ${valueText(this.raw)}, which is no group.`)
    this.rows = []
    this.list.replaceChildren()
    for (const [name, each] of Object.entries(isGroup(value) ? value : {})) this.makeRow(name).field.write(each)
    showBadge(this, 0)
  }

  changes() {
    return this.raw === undefined ? this.rows.length : 1
  }

  /** What no schema sees: rows that have no name, or the name of another one. */
  faults() {
    const names = this.rows.map(({input}) => input.value.trim())
    return this.rows.flatMap(({field, input}, at) => {
      const name = names[at]
      const found = field.faults().map((fault) => ({...fault, key: [name, fault.key].filter(Boolean).join('.')}))
      if (!name) found.push({key: '', message: 'a name is missing', isMissing: true})
      else if (names.indexOf(name) < at) found.push({key: '', message: `${input.value}: there are two of this name`})
      else if (field.read() === undefined && !this.hasGroups) {
        found.push({key: name, message: 'is missing', isMissing: true})
      }
      return found
    })
  }

  tell(faults) {
    const own = []
    const theirs = new Map(this.rows.map((row) => [row, []]))
    for (const fault of faults) {
      const row = this.rowOf(fault.key)
      if (row) theirs.get(row).push({...fault, key: fault.key.slice(row.input.value.trim().length + 1)})
      else own.push(fault)
    }
    this.wrong.hidden = !own.length
    setText(this.wrong, own.map(({message}) => message).join(' · '))
    let number = own.length
    for (const [row, its] of theirs) number += row.field.tell(its)
    showBadge(this, number)
    return number
  }

  search(text) {
    const about = `${this.name} ${this.path} ${this.schema.description ?? ''}`.toLowerCase()
    this.root.hidden = !about.includes(text)
    openFound(this, text, !this.root.hidden)
    return !this.root.hidden
  }

  focus(key = '') {
    if ('open' in this.root) this.root.open = true
    const row = this.rowOf(key)
    if (row) row.field.focus(key.slice(row.input.value.trim().length + 1))
    else (this.rows[0]?.input ?? this.adder).focus()
  }

  get hasGroups() {
    return Boolean(ofOtherKeys(this.schema).properties || ofOtherKeys(ofOtherKeys(this.schema)))
  }

  rowOf(key) {
    const fitting = this.rows.filter(({input}) => {
      const name = input.value.trim()
      return name && (key === name || key.startsWith(`${name}.`))
    })
    return fitting.sort((one, other) => other.input.value.length - one.input.value.length)[0]
  }

  addRow() {
    this.raw = undefined
    this.odd.hidden = true
    this.makeRow('').input.focus()
    this.form.changed(this, false)
  }

  makeRow(name) {
    const id = this.form.nextId()
    const words = this.schema.propertyNames?.enum
    const heard = {
      input: () => this.form.changed(this, false), change: () => this.form.changed(this, true),
    }
    const input = words
      ? element('select', {id, on: heard}, ...words.map((each) => element('option', {}, each)))
      : element('input', {id, type: 'text', autocomplete: 'off', spellcheck: 'false', on: heard})
    if (name || !words) input.value = name
    const field = this.fieldOf(ofOtherKeys(this.schema), `${this.path}.*`, this.form, {
      depth: this.depth + 1, name: this.hasGroups ? 'Values' : 'Value', isBare: true,
    })
    const row = {input, field}
    row.root = element('div', {class: 'row'},
      element('div', {class: 'setting'}, element('div', {class: 'setting-name'},
        element('label', {for: id}, 'Name')), input),
      field.root,
      element('button', {
        type: 'button', class: 'small', 'aria-label': `Remove from ${this.name.toLowerCase()}`,
        on: {click: () => this.dropRow(row)},
      }, 'Remove'))
    this.rows.push(row)
    this.list.append(row.root)
    return row
  }

  dropRow(row) {
    this.rows = this.rows.filter((each) => each !== row)
    row.root.remove()
    this.form.changed(this, true)
    this.adder.focus()
  }
}
