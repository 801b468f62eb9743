// The sample sheet of a new run: typed, pasted, read from a file, or found in a store.
//
//   const sheet = new SampleSheet(root, {schema, needs, onChange, uploads})
//   sheet.text                  with tabs, as a submission sends it; '' where nothing is filled in
//   sheet.check()               what is wrong, as far as the schema tells
//   sheet.showProblems([...])   of the service, each at its cell
//
// Its page needs samples.css.
import {ColumnPicker} from './column_picker.js'
import {element} from '../common/dom.js'
import {pickFile} from './file_picker.js'
import {helpText} from '../common/help_text.js'
import {pairOf, readSets} from './read_files.js'
import {sampleName, takes, wrongWith} from './sheet_columns.js'
import {SheetGrid} from './sheet_grid.js'
import {SheetProblems} from './sheet_problems.js'
import {SheetRows} from './sheet_rows.js'
import {cleaned, readTable} from './sheet_text.js'
import {SheetTools} from './sheet_tools.js'
import {SourceListing} from './source_listing.js'
import {Uploads, onDrop} from '../uploads/upload_list.js'

const INDEX = /\.(tbi|csi|fai|gzi|bai|crai)$/i

export class SampleSheet {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {object} options.schema JSON schema of one row (`samples` of an analysis)
   * @param {string[]} [options.needs] columns, one of which has to have values
   * @param {(sheet: SampleSheet) => void} [options.onChange]
   * @param {Uploads} [options.uploads] a list that is elsewhere on the page; else one is made here
   * @param {string} [options.api] address of the API, seen from the page
   */
  constructor(root, {schema, needs = [], onChange = () => {}, uploads, api = 'api/v1'}) {
    this.onChange = onChange
    this.data = new SheetRows()
    this.root = element('div', {class: 'sample-sheet'})
    root.append(this.root)
    this.tools = new SheetTools(this.root, this)
    this.picker = new ColumnPicker(this.root, (names) => this.change(() => this.data.show(names)))
    this.problems = new SheetProblems(this.root, (index, name) => this.focus(index, name))
    this.grid = new SheetGrid(this.root, this)
    this.help = element('p', {class: 'sheet-help', 'aria-live': 'polite'})
    this.root.append(this.help)
    this.uploads = uploads ?? new Uploads(this.root, {api})
    this.uploads.listen(() => this.grid.refreshAll())
    this.uploads.ready.then(() => this.grid.refreshAll())
    this.listing = new SourceListing({api})
    onDrop(this.root, (files) => this.tools.take(files))
    this.setColumns(schema, needs)
  }

  /** The sheet as it is sent: row n of a message is the row that is shown with this number. */
  get text() {
    return this.data.text
  }

  /** Put a sheet in the place of what is there; `onChange` is not called. */
  set text(text) {
    this.data.replace(readTable(text))
    this.data.undone = []
    this.problems.show([])
    this.draw()
  }

  /** Rows that have a value: {column: text}. */
  get rows() {
    return this.data.filled
  }

  /** Names of files that rows name and that are not whole yet. */
  get unfinished() {
    const named = new Set(this.rows.flatMap(Object.values).filter((text) => text.startsWith('upload:')))
    return [...named].map((text) => this.file(text.slice(7)))
      .filter((file) => file && file.state !== 'finished').map(({name}) => name)
  }

  /** Another analysis: what is filled in stays, and so do its columns. */
  setColumns(schema, needs = []) {
    this.data.setColumns(schema, needs)
    this.draw()
  }

  /**
   * Show what the service found.
   *
   * @param {{row: ?number, key: string, message: string, hint: string, file: ?string}[]} problems
   *   those of other files are left out
   * @returns {number} how many there are of the sheet
   */
  showProblems(problems) {
    const own = problems.filter(({file}) => !file || file === 'samples.tsv')
    this.data.place(own)
    this.problems.show(own)
    this.grid.refreshAll()
    return own.length
  }

  /** Look at everything as far as the schema tells; gives the problems, and shows them. */
  check() {
    const found = this.data.check((id) => this.file(id)?.name ?? '')
    this.showProblems(found)
    return found
  }

  /** What was typed as text counts. */
  settle() {
    this.tools.settle()
  }

  /** Lead to a cell. */
  focus(index, name) {
    this.tools.close()
    this.grid.focus(index, name)
  }

  // --- what the grid and the tools ask --------------------------------------------------

  get list() {
    return this.data.list
  }

  get columns() {
    return this.data.columns
  }

  edit(row, name, text) {
    this.data.set(row, name, text)
    this.tools.count()
    this.onChange(this)
  }

  /** Somebody has left a cell that was changed. */
  leave({index, name}) {
    const row = this.list[index]
    this.data.set(row, name, cleaned(row.cells[name] ?? ''))
    this.judge(row, name)
    this.grid.refresh(index)
    this.drawPicker()
  }

  /** A table that was pasted into a cell; false where it is none. */
  paste(index, name, text) {
    const isTable = this.data.paste(index, name, text)
    if (isTable) this.changed()
    return isTable
  }

  /** Do something that can be undone. */
  change(work) {
    this.data.keep()
    work()
    this.changed()
  }

  undo() {
    this.data.undo()
    this.changed()
  }

  append() {
    this.data.at(this.list.length)
    this.draw()
    return this.list.length - 1
  }

  remove(index) {
    this.change(() => this.data.remove(index))
  }

  /** Put the sheet of a file in the place of all rows. */
  load(text) {
    this.change(() => this.data.replace(readTable(text)))
  }

  /** A file of the service by its id; null where it is not there. */
  file(id) {
    return this.uploads.find(id)
  }

  explain(name) {
    const column = this.data.known.get(name)
    this.help.replaceChildren(...column ? [element('b', {}, name), ' ', ...helpText(column.help)] : [])
  }

  /** Add samples from folders of a store. */
  async browse() {
    const column = this.data.everyColumn.find(({kind}) => kind === 'source')
    const found = await this.listing.choose({isMany: true})
    if (!found.length) return
    const rows = found.map(({name, address}) => ({sample: sampleName(name), [column.name]: address}))
    this.change(() => this.data.add(rows))
  }

  /** Fill one cell with what somebody chooses. */
  async pick(index, name) {
    const column = this.data.column(name)
    const row = this.list[index]
    if (column.kind === 'source') {
      const [found] = await this.listing.choose({isMany: false, from: row.cells[name]})
      if (found) this.fill(row, name, found.address, found.name)
    } else {
      const files = this.uploads.fitting((each) => takes(column, each))
      const title = `${name}, row ${index + 2}${row.cells.sample ? ` (${row.cells.sample})` : ''}`
      const chosen = await pickFile({title, help: column.help, words: column.words, files})
      if (chosen?.upload) this.send(row, column, await this.uploads.choose())
      else if (chosen) this.fill(row, name, chosen.text, this.file(chosen.text.slice(7))?.name)
    }
    this.grid.focus(this.list.indexOf(row), name)
  }

  // --- inside ---------------------------------------------------------------------------

  /** Send files, for the rows from this one on: one each, or the reads of a sample. Indexes only go along. */
  send(row, column, files) {
    const wanted = files.filter(({name}) => !INDEX.test(name))
    if (!wanted.length) return
    const sent = this.uploads.add([...wanted, ...files.filter(({name}) => INDEX.test(name))])
    const uploadOf = (file) => sent[wanted.indexOf(file)]
    this.change(() => this.shared(column, wanted).forEach(({sample, cells}, down) => {
      const target = this.data.at(this.list.indexOf(row) + down)
      target.cells.sample ||= sampleName(sample)
      for (const [name, its] of Object.entries(cells)) {
        this.data.set(target, name, '')
        this.named(target, name, its.map(uploadOf))
      }
    }))
  }

  /** Which files go into which cells of a row: reads by the names of their samples, lanes and mates. */
  shared(column, files) {
    const pair = column.kind === 'files' && pairOf(column.name)
    const sets = pair && pair.every((name) => this.data.order.includes(name)) && readSets(files)
    if (!sets) return files.map((file) => ({sample: file.name, cells: {[column.name]: [file]}}))
    return sets.map(({sample, forward, reverse}) => ({
      sample, cells: reverse.length ? {[pair[0]]: forward, [pair[1]]: reverse} : {[column.name]: forward},
    }))
  }

  /** Files have their names for a cell once the service knows all of them. */
  named(row, name, uploads) {
    const stop = this.uploads.listen(() => {
      const refused = uploads.find(({id, state}) => !id && ['failed', 'removed'].includes(state))
      if (!refused && uploads.some(({id}) => !id)) return
      stop()
      if (!refused) {
        row.cells[name] ||= uploads.map(({id}) => `upload:${id}`).join(',')
        this.judge(row, name)
      } else row.problems.set(name, refused.message || 'was not uploaded')
      this.changed()
    })
  }

  fill(row, name, text, called = '') {
    this.change(() => {
      this.data.set(row, name, text)
      row.cells.sample ||= sampleName(called)
    })
  }

  judge(row, name) {
    const message = wrongWith(this.data.column(name), row.cells[name], (id) => this.file(id)?.name ?? '')
    if (message) row.problems.set(name, message)
  }

  changed() {
    this.draw()
    this.onChange(this)
  }

  draw() {
    this.grid.draw()
    this.drawPicker()
    this.tools.count()
  }

  drawPicker() {
    const {data} = this
    this.picker.show(data.everyColumn, data.order, (name) => data.isUsed(name))
  }
}
