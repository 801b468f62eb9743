// What is wrong with a form, each thing at its place, and all of them in one list that leads there.
import {counted, element} from '../common/dom.js'

const MOST = 30
const FIELDS = {
  name: ['run-name', 'Name of the run'], profile: ['profile', 'Profile'], launcher: ['launcher', 'Where its driver runs'],
}

export class RunProblems {
  /**
   * @param {HTMLElement} root of the list
   * @param {object} page the form: `settings`, `options`, `sheet`, `cards`, `find`, `mark`
   */
  constructor(root, page) {
    this.root = root
    this.page = page
  }

  /** What can be seen without asking the service; all of it is shown at its place. */
  async look() {
    const {settings, options, sheet, cards} = this.page
    const found = []
    sheet.settle()
    if (!cards.chosen && !cards.chosenTargets.length) found.push(this.ofField('analysis', 'choose what is to be done'))
    const ofSheet = sheet.check()
    if (!sheet.rows.length) found.push(this.ofSheet({row: null, key: '', message: 'there are none yet'}))
    found.push(...ofSheet.map((each) => this.ofSheet(each)))
    for (const name of sheet.unfinished) {
      found.push(this.ofSheet({row: null, key: '', message: `${name} is not uploaded yet`, hint: 'wait until it is'}))
    }
    found.push(...(await settings.check()).map((each) => this.ofSetting(each)))
    for (const [key, id] of uploadsIn(settings.value)) {
      const file = sheet.uploads.find(id)
      if (file && file.state !== 'finished') {
        found.push(this.ofSetting({key, message: `${file.name} is not uploaded yet`, hint: 'wait until it is'}))
      }
    }
    found.push(...options.check().map((each) => this.ofOption(each)))
    return found
  }

  /**
   * Show what the service says, each at its place.
   *
   * @param {{file: string, row: ?number, key: string, message: string, hint: string}[]} problems
   * @returns {object[]} for `show`
   */
  place(problems) {
    const {settings, options, sheet} = this.page
    const isOption = ({file, key}) => !file && key.startsWith('options.')
    const ofConfig = problems.filter(({file}) => file === 'config.yaml')
    const ofOptions = problems.filter(isOption).map((each) => ({...each, key: each.key.slice(8)}))
    settings.showProblems(ofConfig)
    options.showProblems(ofOptions)
    sheet.showProblems(problems.filter(({file}) => file === 'samples.tsv'))
    return problems.map((each) => {
      if (each.file === 'config.yaml') return this.ofSetting(each)
      if (each.file === 'samples.tsv' || each.key === 'samples') return this.ofSheet(each)
      if (isOption(each)) return this.ofOption({...each, key: each.key.slice(8)})
      return this.ofField(each.key, each.message, each.hint)
    })
  }

  /** @param {{text: string, hint?: string, go?: () => void}[]} problems */
  show(problems) {
    const more = problems.length - MOST
    this.root.replaceChildren(element('div', {role: 'alert', class: 'problem-list'},
      element('p', {}, `This cannot run yet: ${counted(problems.length, 'problem')}.`),
      element('ul', {}, ...problems.slice(0, MOST).map(({text, hint, go}) => element('li', {},
        go ? element('button', {type: 'button', class: 'link', on: {click: go}}, text) : text,
        hint ? element('small', {}, hint) : null)), more > 0 ? element('li', {}, `and ${more} more`) : null)))
  }

  /** Nothing is wrong, as far as anybody knows. */
  forget() {
    const {settings, options, sheet, mark} = this.page
    this.root.replaceChildren()
    settings.showProblems([])
    options.showProblems([])
    sheet.showProblems([])
    for (const id of ['run-name', 'profile', 'launcher']) mark.call(this.page, id, '')
  }

  /** The uploads that are named: [key, id], ... */
  uploads(withSheet) {
    const {settings, sheet} = this.page
    return [...uploadsIn(settings.value), ...(withSheet ? uploadsIn(sheet.rows) : [])]
  }

  /** What is filled in is kept, and is there once somebody has signed in. */
  signedOut() {
    return {text: 'You are signed out: sign in again', hint: 'what you filled in is kept in this tab', go: () => location.reload()}
  }

  ofSetting({key, message, hint}) {
    return {text: `Settings${key ? `, ${key}` : ''}: ${message}`, hint, go: () => this.page.settings.focus(key)}
  }

  ofOption({key, message, hint}) {
    const go = () => {
      this.page.find('how').open = true
      this.page.options.focus(key)
    }
    this.page.find('how').open = true
    return {text: `Options, ${key}: ${message}`, hint, go}
  }

  ofSheet({row, key, message, hint}) {
    const {sheet} = this.page
    const where = ['Samples', row ? `row ${row}` : '', key === 'samples' ? '' : key].filter(Boolean).join(', ')
    const go = () => {
      if (row) sheet.focus(row - 2, key)
      else sheet.root.querySelector('input, button')?.focus()
    }
    return {text: `${where}: ${message}`, hint, go}
  }

  ofField(key, message, hint = '') {
    const {find} = this.page
    const [id, title] = FIELDS[key] ?? []
    if (id) {
      if (key !== 'name') find('how').open = true
      this.page.mark(id, message)
      return {text: `${title}: ${message}`, hint, go: () => find(id).focus()}
    }
    if (key === 'analysis' || key === 'targets') {
      return {text: `What is to be done: ${message}`, hint, go: () => find('analyses').querySelector('input').focus()}
    }
    if (key === 'options') find('how').open = true
    return {text: key ? `${key}: ${message}` : message, hint}
  }
}

/** The uploads that a configuration names: [key, id], ... */
function uploadsIn(value, key = '') {
  if (typeof value === 'string') return value.startsWith('upload:') ? [[key, value.slice(7)]] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => uploadsIn(each, key ? `${key}.${name}` : name))
}
