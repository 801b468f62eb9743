// One setting: its name, what it is typed with, what it means, and what is wrong with it.
import {element, setText} from '../common/dom.js'
import {fitsPattern} from './schema_check.js'
import {nameOf, prose, valueText} from './schema_words.js'
import {controlOf} from './setting_controls.js'

/** A setting that has no settings below it. See SchemaForm for what all fields have. */
export class Setting {
  /**
   * @param {object} schema in its plain form
   * @param {string} path 'qc.keep'
   * @param {object} form what fields ask of the form that they are in
   * @param {string} [name] what it is called, where its key does not say it
   */
  constructor(schema, path, form, name) {
    this.schema = schema
    this.path = path
    this.form = form
    this.value = undefined
    this.key = path.split('.').at(-1)
    this.name = name ?? nameOf(this.key)
    this.id = form.nextId()
    this.reset = element('button', {
      type: 'button', class: 'small reset', hidden: true, on: {click: () => this.takeBack()},
      title: 'Take it back: the default counts', 'aria-label': `Take back ${this.name}: the default counts`,
    }, '↺')
    this.wrong = element('span', {class: 'wrong', id: `${this.id}-wrong`, hidden: true})
    this.isTold = Boolean(schema.readOnly)
    this.root = this.isTold ? this.told() : this.frame(name === undefined)
    this.write(undefined)
  }

  read() {
    return this.value
  }

  write(value) {
    this.value = value ?? undefined
    this.control?.show(this.value)
    this.mark()
  }

  changes() {
    return this.value === undefined ? 0 : 1
  }

  faults() {
    return []
  }

  /** Show what is wrong with it: [{message, hint?}] */
  tell(faults) {
    this.wrong.hidden = !faults.length
    setText(this.wrong, faults.map(({message, hint}) => (hint ? `${message} (${hint})` : message)).join(' · '))
    for (const input of this.root.querySelectorAll('input, select, textarea')) {
      if (faults.length) input.setAttribute('aria-invalid', 'true')
      else input.removeAttribute('aria-invalid')
    }
    return faults.length
  }

  /** Show it where `text` is in its name, key or description; gives whether it is. */
  search(text) {
    const about = `${this.name} ${this.path} ${this.schema.description ?? ''}`.toLowerCase()
    this.root.hidden = !about.includes(text)
    return !this.root.hidden
  }

  focus() {
    (this.root.querySelector('input, select, textarea') ?? (this.reset.hidden ? this.root.closest('details')?.querySelector('summary') : this.reset))?.focus()
  }

  hear(value, isDone) {
    this.value = value
    this.mark()
    this.form.changed(this, isDone)
  }

  takeBack() {
    this.write(undefined)
    this.form.changed(this, true)
    this.focus()
  }

  mark() {
    this.reset.hidden = this.value === undefined
    this.root.classList.toggle('is-set', this.value !== undefined)
    if (this.schema.readOnly) setText(this.given, valueText(this.value))
  }

  frame(showsKey) {
    const {schema, id} = this
    const help = element('small', {id: `${id}-help`}, ...prose(schema.description ?? ''))
    this.control = controlOf(schema, {
      id, describedBy: `${id}-wrong ${id}-help`, lists: this.form.lists, pick: this.form.pickFile && {
        name: this.name, file: () => this.form.pickFile({
          title: this.name, help: schema.description ?? '', fits: (file) => fitsPattern(schema.pattern, file),
        }),
      },
    }, (value, isDone) => this.hear(value, isDone))
    const {root, kind} = this.control
    const key = showsKey && this.name.toLowerCase() !== this.key ? element('code', {}, this.key) : null
    if (kind === 'boxes') {
      return element('fieldset', {class: 'setting plain', 'data-key': this.path},
        element('legend', {}, this.name, ' ', key, ' ', this.reset), root, this.wrong, help)
    }
    const label = kind === 'tick'
      ? element('label', {class: 'tick'}, root, element('span', {}, this.name))
      : element('label', {for: id}, this.name)
    return element('div', {class: 'setting', 'data-key': this.path},
      element('div', {class: 'setting-name'}, label, key, this.reset),
      kind === 'tick' ? null : root, this.wrong, help)
  }

  /** How a setting is shown that is not one's own to change. */
  told() {
    this.given = element('span')
    return element('div', {class: 'setting is-told', 'data-key': this.path},
      element('div', {class: 'setting-name'}, element('span', {class: 'name-only'}, this.name),
        element('code', {}, this.key), this.reset),
      this.given, this.wrong, element('small', {}, `Not yours to set: ${this.schema.readOnlyBecause}.`))
  }
}
