// A form made from a JSON schema: what can be set, with help and defaults; what is left as it is
// does not become part of the value.
//
// Every field (Setting, SettingGroup, SettingMap) has
//   root        its element
//   read()      its value, undefined where nothing is set
//   write(v)    show a value
//   changes()   how many settings are set
//   faults()    what no schema sees: [{key, message}], keys seen from the field
//   tell(list)  show what is wrong, [{key, message, hint?}]; gives how many
//   search(t)   show only what has to do with a text; gives whether there is anything
//   focus(key)  lead there
import {element} from '../common/dom.js'
import {check} from './schema_check.js'
import {fieldOf} from './setting_group.js'

let made = 0

export class SchemaForm {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {object} options.schema of a group of keys
   * @param {() => void} options.onChange the value has become another one
   * @param {boolean} [options.isFlat] groups neither open nor close
   * @param {(about: {title: string, help: string, fits: Function}) => Promise<?string>} [options.pickFile] lets
   *   somebody choose what a file is named by
   */
  constructor(root, {schema, onChange, isFlat = false, pickFile = null}) {
    this.isFlat = isFlat
    this.pickFile = pickFile
    this.onChange = onChange
    this.prefix = `form${made += 1}`
    this.ids = 0
    this.told = []
    this.shown = new Set()
    this.isStrict = false
    this.root = root
    this.files = element('datalist', {id: `${this.prefix}-files`})
    this.lists = {files: this.files.id, of: (words) => this.listOf(words)}
    this.known = new Map()
    this.setSchema(schema)
  }

  /** Another schema; the value stays as it is. */
  setSchema(schema) {
    const value = this.field?.read()
    this.schema = schema
    this.known.clear()
    this.root.replaceChildren(this.files)
    this.field = fieldOf(schema, '', this, {depth: 0, isFlat: this.isFlat})
    this.root.prepend(this.field.root)
    this.value = value
  }

  get value() {
    return this.field.read() ?? {}
  }

  set value(value) {
    this.told = []
    this.isStrict = false
    this.field.write(value ?? {})
    this.show()
  }

  /** How many settings are set. */
  get changes() {
    return this.field.changes()
  }

  /** Keys that are set and that the schema has not. */
  get unused() {
    return Object.keys(this.field.others)
  }

  /** What is wrong with it: [{key, message, hint?}]. From now on also what is missing is shown. */
  check() {
    this.isStrict = true
    this.show()
    return this.wrong()
  }

  /** What is wrong as far as the schema tells, without saying so in the form. */
  faults() {
    const bySchema = check(this.schema, this.value)
      .filter(({place, message}) => place.length > 1 || message !== 'unknown key')
      .map(({place, ...rest}) => ({...rest, key: place.join('.')}))
    return [...bySchema, ...this.field.faults()]
  }

  /** Show what the service says: [{key, message, hint}]; each until its setting is changed. */
  showProblems(problems) {
    this.told = problems
    this.show()
  }

  /** Lead to a setting. */
  focus(key) {
    this.field.focus(key)
  }

  /** Show only what has to do with `text`; gives whether there is anything. */
  search(text) {
    return this.field.search(text.trim().toLowerCase())
  }

  /** @param {{value: string, label: string}[]} files to choose from where one is asked for */
  offerFiles(files) {
    this.files.replaceChildren(...files.map(({value, label}) => element('option', {value, label})))
  }

  wrong() {
    const bySchema = this.faults().filter(({isMissing}) => this.isStrict || !isMissing)
    const places = new Set(bySchema.map(({key}) => key))
    return [...bySchema, ...this.told.filter(({key}) => !places.has(key))]
  }

  show() {
    const wrong = this.wrong()
    this.shown = new Set(wrong.map(({key}) => key))
    this.field.tell(wrong)
  }

  // what fields ask of it

  nextId() {
    return `${this.prefix}-${this.ids += 1}`
  }

  listOf(words) {
    const name = words.join('\n')
    if (!this.known.has(name)) {
      const list = element('datalist', {id: this.nextId()}, ...words.map((value) => element('option', {value})))
      this.root.append(list)
      this.known.set(name, list.id)
    }
    return this.known.get(name)
  }

  changed(field, isDone) {
    const path = field.path.replace(/\.\*.*$/, '')
    this.told = this.told.filter(({key}) => key !== path && !key.startsWith(`${path}.`))
    // while somebody types, nothing new is said to be wrong
    if (isDone) this.show()
    else this.field.tell(this.wrong().filter(({key}) => this.shown.has(key)))
    this.onChange()
  }
}
