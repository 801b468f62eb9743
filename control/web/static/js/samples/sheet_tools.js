// The buttons above a sample sheet: rows, files, the store, the sheet as text.
import {counted, element, setText} from '../common/dom.js'

const LARGEST = 20_000_000 // bytes of a sheet, that the service takes
const MOST = 20_000 // rows
const SHEETS = '.tsv,.csv,.txt'

export class SheetTools {
  /** @param {import('./sample_sheet.js').SampleSheet} sheet */
  constructor(root, sheet) {
    this.sheet = sheet
    const button = (text, work) => element('button', {type: 'button', on: {click: work}}, text)
    this.input = element('input', {type: 'file', accept: SHEETS, hidden: true, 'aria-label': 'Sample sheet', on: {change: () => this.take([...this.input.files])}})
    this.undoButton = button('Undo', () => sheet.undo())
    this.textButton = button('As text', () => this.toggleText())
    this.textButton.setAttribute('aria-expanded', 'false')
    this.counter = element('span', {class: 'faint', role: 'status'})
    this.trouble = element('p', {class: 'wrong', role: 'alert', hidden: true})
    this.area = element('textarea', {rows: 10, spellcheck: 'false', wrap: 'off', 'aria-label': 'The sample sheet, a table with tabs or commas', on: {change: () => this.settle()}})
    this.taken = 0 // how often the text became the sheet since it was opened
    this.editor = element('div', {class: 'sheet-text', hidden: true}, this.area, element('p', {class: 'buttons'},
      button('Use this text', () => this.close()), button('Cancel', () => this.cancel()), button('Save as a file', () => this.save())))
    root.append(element('p', {class: 'buttons sheet-tools'},
      button('Add a row', () => sheet.focus(sheet.append(), sheet.columns[0]?.name)),
      button('Open a sheet…', () => { this.input.value = ''; this.input.click() }),
      button('Find in S3 or a folder…', () => sheet.browse()),
      this.textButton, this.undoButton,
      button('Clear', () => sheet.load('')), this.counter, this.input),
    element('p', {class: 'faint sheet-tip'}, 'Type, paste cells from a spreadsheet into any field, or drop a sheet here (.tsv, .csv).'),
    this.trouble, this.editor)
  }

  /** Say how many samples there are, and whether anything can be undone. */
  count() {
    const {count} = this.sheet.data
    setText(this.counter, counted(count, 'sample'))
    this.undoButton.disabled = !this.sheet.data.undone.length
    if (!this.editor.hidden && !this.isTaking) this.showText()
    this.say(count > MOST ? `${counted(count, 'sample')}, and the most is ${MOST.toLocaleString('en')}: make two runs of them.` : '')
  }

  /** Files that were dropped or chosen: a sheet is read; others go to the uploads. */
  async take(files) {
    const isSheet = (file) => /\.(tsv|csv|txt)$/i.test(file.name)
    const data = files.filter((file) => !isSheet(file))
    if (data.length) this.sheet.uploads.add(data)
    const sheets = files.filter(isSheet)
    if (sheets.length > 1) this.say('Open one sheet at a time.')
    else if (sheets.length) await this.read(sheets[0])
  }

  async read(file) {
    if (file.size > LARGEST) {
      this.say(`${file.name}: larger than ${LARGEST / 1e6} MB. Is it a sample sheet?`)
      return
    }
    try {
      this.sheet.load(new TextDecoder('utf-8', {fatal: true}).decode(await file.arrayBuffer()))
    } catch (error) {
      this.say(`${file.name}: ${error instanceof TypeError ? 'is no text in UTF-8: save it as CSV UTF-8' : 'cannot be read'}`)
    }
  }

  toggleText() {
    if (!this.editor.hidden) return this.close()
    this.showText()
    this.open(true)
    this.area.focus()
  }

  showText() {
    this.area.value = this.shown = this.sheet.text || `${this.sheet.data.order.join('\t')}\n`
    this.taken = 0
  }

  open(isOpen) {
    this.editor.hidden = !isOpen
    this.textButton.setAttribute('aria-expanded', String(isOpen))
    this.sheet.root.classList.toggle('is-text', isOpen)
  }

  /** What was typed as text is the sheet: also where nobody pressed a button before going on. */
  settle() {
    if (this.editor.hidden || this.area.value === this.shown) return
    this.shown = this.area.value
    this.isTaking = true // the text stays as it was typed
    this.sheet.load(this.area.value)
    this.isTaking = false
    this.taken += 1
  }

  /** Back to the table, with what was typed. */
  close() {
    if (this.editor.hidden) return
    this.settle()
    this.open(false)
    this.textButton.focus()
  }

  /** Back to the table as it was before. */
  cancel() {
    for (let {taken} = this; taken > 0; taken -= 1) this.sheet.undo()
    this.open(false)
    this.textButton.focus()
  }

  save() {
    const address = URL.createObjectURL(new Blob([this.area.value], {type: 'text/tab-separated-values'}))
    element('a', {href: address, download: 'samples.tsv'}).click()
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
  }

  say(message) {
    this.trouble.hidden = !message
    setText(this.trouble, message)
  }
}
