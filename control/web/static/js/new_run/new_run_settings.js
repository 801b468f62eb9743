// The settings of a new run: as a form or as YAML, whichever one likes; both say the same.
import {setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {SchemaForm} from '../settings/schema_form.js'
import {YamlView, saveText} from '../settings/yaml_view.js'

const LARGEST = 1_000_000 // bytes of a file that is imported

export class RunSettings {
  /**
   * @param {(id: string) => HTMLElement} find
   * @param {object} options
   * @param {string} options.api address of the API
   * @param {object} options.schema of the configuration
   * @param {() => void} options.onChange
   * @param {Function} options.pickFile see SchemaForm
   */
  constructor(find, {api, schema, onChange, pickFile}) {
    this.find = find
    this.onChange = onChange
    this.form = new SchemaForm(find('config'), {schema, onChange, pickFile})
    this.yaml = new YamlView(find('yaml'), {
      address: `${api}/configuration`,
      onRead: (config) => this.heard(config),
      onTyped: () => this.onChange(), // also what can never be read is kept
      faults: () => this.form.faults(),
      unused: () => this.form.unused,
    })
    find('as-form').addEventListener('click', () => this.choose(''))
    find('as-yaml').addEventListener('click', () => this.choose('yaml'))
    find('find').addEventListener('input', () => this.search())
    find('import').addEventListener('click', () => find('import-file').click())
    find('import-file').addEventListener('change', () => this.importFile())
    find('export').addEventListener('click', () => this.exportFile())
    place.onChange(() => this.showView())
    this.showView()
  }

  get isText() {
    return place.read('config') === 'yaml'
  }

  get value() {
    return this.form.value
  }

  /** Put a configuration in the place of what is there; `onChange` is not called. */
  set value(config) {
    this.form.value = config
    this.yaml.problems = []
    if (this.isText) this.yaml.show(this.form.value).catch((problem) => this.say(problem.message))
  }

  /** A text that cannot be read yet; '' where there is none. */
  get brokenText() {
    return this.yaml.isBroken ? this.yaml.text : ''
  }

  async takeText(text) {
    await this.choose('yaml', {isKept: true})
    await this.yaml.take(text)
  }

  get changes() {
    return this.form.changes
  }

  /** Another analysis: what is set stays set. */
  setSchema(schema) {
    this.form.setSchema(schema)
    this.search()
    if (this.isText) this.yaml.tell()
  }

  /** What is wrong, once what was typed is read: [{key, message, hint?}] */
  async check() {
    await this.yaml.settle()
    if (!this.yaml.isBroken) return this.form.check()
    const [{message, line}] = this.yaml.problems
    return [{key: '', message: `the YAML cannot be read, line ${line}: ${message}`}]
  }

  /** Wait until what was typed is read. */
  settle() {
    return this.yaml.settle()
  }

  showProblems(problems) {
    this.form.showProblems(problems)
  }

  /** Lead to a setting, in the view that is shown. */
  async focus(key) {
    if (this.yaml.isBroken) await this.choose('yaml')
    if (this.isText) return this.yaml.goTo(this.yaml.isBroken ? this.yaml.problems[0].line : this.yaml.lineOf(key))
    this.find('find').value = ''
    this.search()
    this.form.focus(key)
  }

  heard(config) {
    this.form.value = config
    this.onChange()
  }

  async choose(view, {isKept = false} = {}) {
    place.write({config: view}, {step: !isKept})
    await this.showView()
  }

  async showView() {
    const {isText} = this
    this.find('as-form').setAttribute('aria-pressed', String(!isText))
    this.find('as-yaml').setAttribute('aria-pressed', String(isText))
    this.find('config').hidden = isText
    this.find('yaml').hidden = !isText
    this.find('find').parentElement.hidden = isText
    setText(this.find('settings-about'), isText
      ? 'Only what is to differ from the defaults has to stand here.'
      : 'Everything has a default, shown in grey: change what you need.')
    this.say(!isText && this.yaml.isBroken
      ? 'The YAML cannot be read as it stands: this is what it said before. Mend it there, or change something here.' : '')
    if (isText) {
      try {
        await this.yaml.show(this.value)
      } catch (problem) {
        this.say(problem.message)
      }
    }
  }

  search() {
    const text = this.find('find').value
    const isThere = this.form.search(text)
    this.say(isThere ? '' : `No setting has to do with “${text}”.`)
  }

  async importFile() {
    const {files: [file]} = this.find('import-file')
    this.find('import-file').value = ''
    if (!file) return
    if (file.size > LARGEST) return this.say(`${file.name}: too large for a configuration.`)
    const text = await file.text()
    await this.takeText(text)
    if (!this.yaml.isBroken) this.say(`Read from ${file.name}.`)
  }

  async exportFile() {
    try {
      if (!this.isText) await this.yaml.show(this.value)
      saveText(this.yaml.text, 'config.yaml', 'application/yaml')
    } catch (problem) {
      this.say(problem.message)
    }
  }

  say(text) {
    this.find('found').hidden = !text
    setText(this.find('found'), text)
  }
}
