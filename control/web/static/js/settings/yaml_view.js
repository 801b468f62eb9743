// The configuration as text: what is typed becomes the form's value, and the other way round. The
// service reads and writes the YAML. A text stays as it was typed, comments and all, until the
// form has other values than the text.
import {ask} from '../common/api.js'
import {counted, element} from '../common/dom.js'
import {same} from './schema_check.js'

const PATIENCE = 400 // milliseconds without typing after which a text is read

export class YamlView {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.address where YAML becomes values, and values YAML
   * @param {(config: object) => void} options.onRead a text was read, and says this
   * @param {() => void} options.onTyped somebody types, whether or not it can be read
   * @param {() => {key: string, message: string}[]} options.faults what is wrong with the values
   * @param {() => string[]} options.unused keys that are not known, or not used by what is to be done
   */
  constructor(root, {address, onRead, onTyped, faults, unused}) {
    this.address = address
    this.onRead = onRead
    this.onTyped = onTyped
    this.faults = faults
    this.unused = unused
    this.config = {}
    this.lines = {}
    this.problems = []
    this.asked = 0
    this.area = element('textarea', {
      id: 'yaml-text', class: 'yaml', spellcheck: 'false', autocomplete: 'off',
      'aria-describedby': 'yaml-says', wrap: 'off', on: {input: () => this.typed(), keydown: (event) => this.indent(event)},
    })
    this.says = element('div', {id: 'yaml-says', class: 'yaml-says', role: 'status'})
    root.replaceChildren(
      element('label', {for: 'yaml-text', class: 'name-only'}, 'Configuration (YAML)'), this.area, this.says)
  }

  /** Whether there is a text that says nothing, because it cannot be read. */
  get isBroken() {
    return this.problems.length > 0
  }

  get text() {
    return this.area.value
  }

  /** Show the values of the form. */
  async show(config) {
    if (!this.isBroken && same(config, this.config) && (this.area.value || !Object.keys(config).length)) return
    const mine = this.asked += 1
    const {yaml} = await ask(this.address, {method: 'POST', body: {config}})
    if (mine !== this.asked) return
    this.area.value = yaml
    await this.read()
  }

  /** Take a text, as of a file. */
  async take(text) {
    this.area.value = text
    await this.read()
  }

  /** Wait until what was typed is read. */
  async settle() {
    if (this.timer) await this.read()
    else await this.reading
  }

  typed() {
    this.asked += 1 // an answer that comes now is about another text
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.read(), PATIENCE)
    this.onTyped()
  }

  read() {
    clearTimeout(this.timer)
    this.timer = null
    this.reading = this.readNow()
    return this.reading
  }

  async readNow() {
    const mine = this.asked += 1
    try {
      const told = await ask(this.address, {method: 'POST', body: {yaml: this.area.value}})
      if (mine !== this.asked) return
      this.problems = told.problems
      this.lines = told.lines
      if (told.config === null) return this.tell()
      this.config = told.config
      this.onRead(told.config)
    } catch (problem) {
      if (mine !== this.asked) return
      this.problems = [{message: problem.message, hint: '', line: 1, column: 1}]
    }
    this.tell()
  }

  /** Say what is wrong with the text, or with what it says. */
  tell() {
    this.area.rows = Math.min(30, Math.max(8, this.area.value.split('\n').length + 1))
    const broken = this.problems.map(({message, hint, line, column}) => ({line, column, text: hint ? `${message} (${hint})` : message}))
    const wrong = this.isBroken ? [] : this.faults().map(({key, message}) => (
      {line: this.lineOf(key), column: 1, text: `${key}: ${message}`}))
    const all = [...broken, ...wrong]
    this.area.setAttribute('aria-invalid', all.length > 0)
    if (!all.length) this.area.removeAttribute('aria-invalid')
    const unused = this.isBroken ? [] : this.unused().map((key) => (
      {line: this.lineOf(key), column: 1, text: `${key}: what is to be done does not use it`, isNote: true}))
    const lines = [...all, ...unused].map((each) => this.lineOfList(each))
    this.says.replaceChildren(...all.length ? [] : [this.summary()], ...lines.length ? [element('ul', {class: 'faults'}, ...lines)] : [])
  }

  lineOfList({line, column, text, isNote}) {
    return element('li', {},
      element('button', {type: 'button', class: 'small', on: {click: () => this.goTo(line, column)}}, `line ${line}`),
      ' ', element('span', {class: isNote ? 'note' : 'wrong'}, text))
  }

  /** How many values were read: groups of keys are none. */
  summary() {
    const keys = Object.keys(this.lines)
    const groups = new Set(keys.map((key) => key.slice(0, Math.max(0, key.lastIndexOf('.')))))
    const number = keys.filter((key) => !groups.has(key)).length
    return number ? `Read: ${counted(number, 'setting')}.` : 'Empty: everything has its default.'
  }

  /** The line of a key, or of what it is in. */
  lineOf(key) {
    for (let at = key; at; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      if (Object.hasOwn(this.lines, at)) return this.lines[at]
    }
    return 1
  }

  goTo(line, column = 1) {
    const lines = this.area.value.split('\n')
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
    const end = start + (lines[line - 1]?.length ?? 0)
    this.area.focus()
    this.area.setSelectionRange(Math.min(start + column - 1, end), end)
    const height = this.area.scrollHeight / Math.max(1, lines.length)
    this.area.scrollTop = Math.max(0, (line - 3) * height)
  }

  /** Tab leaves the text, as everywhere; Enter goes on under what stands above. */
  indent(event) {
    if (event.key !== 'Enter' || event.isComposing || event.shiftKey) return
    const {selectionStart, selectionEnd, value} = this.area
    const line = value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart)
    const blanks = line.match(/^ */)[0] + (line.trimEnd().endsWith(':') ? '  ' : '')
    if (!blanks) return
    event.preventDefault()
    this.area.setRangeText(`\n${blanks}`, selectionStart, selectionEnd, 'end')
    this.typed()
  }
}

/** Let the reader save a text as a file. */
export function saveText(text, name, type = 'text/plain') {
  const address = URL.createObjectURL(new Blob([text], {type}))
  element('a', {href: address, download: name}).click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
