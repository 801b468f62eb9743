// The logs of a run: of one job, of Snakemake, or all together; however long they are.
import {ask} from '../common/api.js'
import {element, nameOf, seldom, setText, wildcardText} from '../common/dom.js'
import {LEVELS} from './log_levels.js'
import {LogPages} from './log_pages.js'
import {LogSearch} from './log_search.js'
import {FileLog, MessageLog} from './log_sources.js'
import * as place from '../common/place.js'
import {local, utc} from '../common/times.js'
import {VirtualRows} from '../common/virtual_rows.js'

const REFRESH_MS = 1000
const LOOK_MS = 5000
const READ_MS = 60 // after scrolling: what is only passed by is not read
const GESTURE_MS = 1000
const FEW = 18 // lines that need no room to scroll

export class LogConsole {
  /**
   * @param {HTMLElement} root
   * @param {object} run of the API
   * @param {() => number} last sequence of the newest message
   */
  constructor(root, run, last) {
    Object.assign(this, {run, last, chosen: {}})
    this.choices = new Map([['all', {name: 'All jobs, as they come', make: () => new MessageLog(run.links.events, last()), address: run.links.lines}]])
    this.choices.set('snakemake', {name: 'What Snakemake printed', make: () => new FileLog(run.links.log), address: run.links.log})
    this.build(root)
    this.rows = new VirtualRows(this.view, {
      make: () => this.makeRow(),
      fill: (row, index) => this.fillRow(row, index),
      onSight: (first, ends) => this.see(first, ends),
    })
    this.refreshSoon = seldom(() => this.refresh(), REFRESH_MS)
    this.searchSoon = seldom(() => this.search(), 300)
    this.updateSoon = seldom(() => this.update(), 100)
    this.watchScrolling()
    this.recall()
    setInterval(() => { if (!document.hidden && this.isLive) this.refreshSoon() }, LOOK_MS)
  }

  build(root) {
    this.source = element('select', {on: {change: () => this.pick(this.source.value)}})
    this.text = element('input', {type: 'search', maxlength: 200, on: {input: () => this.changeSearch()}})
    this.level = element('select', {on: {change: () => this.changeSearch()}},
      element('option', {value: ''}, 'all'), ...LEVELS.slice(1).toReversed().filter((level) => level !== 'success')
        .map((level) => element('option', {value: level}, level === 'error' ? 'errors' : `${level} and worse`)))
    this.followButton = element('button', {type: 'button', on: {click: () => this.setFollowing(!this.isFollowing)}}, 'Follow the end')
    this.download = element('a', {class: 'button', download: ''}, 'Download')
    this.summary = element('p', {class: 'faint', role: 'status'})
    this.view = element('div', {class: 'virtual console', tabindex: 0, role: 'region', 'aria-label': 'Log'})
    root.append(
      element('div', {class: 'filter', role: 'search', 'aria-label': 'In the log'},
        element('label', {}, 'Log ', this.source), element('label', {}, 'Lines with ', this.text),
        element('label', {}, 'Level ', this.level), this.followButton, this.download),
      this.summary, this.view)
  }

  /** What the address says: which log, and what is searched in it. */
  recall() {
    this.text.value = place.read('lines')
    this.level.value = place.read('level')
    if (this.level.selectedIndex < 0) this.level.value = ''
    const key = place.read('log', 'all')
    const [, process, jobid] = /^(\d+)\.(\d+)\.\d+$/.exec(key) ?? []
    if (this.source.value === key) this.search()
    else if (this.choices.has(key) || !jobid) this.choose(this.choices.has(key) ? key : 'all')
    else this.offer({process, jobid}).then(() => this.choose(this.choices.has(key) ? key : 'all'))
  }

  /** Show another log; the address tells which. */
  pick(key) {
    place.write({log: key === 'all' ? '' : key}, {step: true})
    return this.choose(key)
  }

  changeSearch() {
    place.write({lines: this.text.value, level: this.level.value})
    this.searchSoon()
  }

  /** Show the log of a job; of several ones the first, the others are choices then. */
  async open(job) {
    await this.offer(job)
    this.pick(keyOf(job, 0))
    this.view.scrollIntoView({block: 'center'})
    this.view.focus({preventScroll: true})
  }

  /** Let the logs of a job be choices. */
  async offer(job) {
    const address = `${this.run.links.jobs}/${job.jobid}`
    let name = nameOf(job)
    let logs = [name]
    try {
      const told = await ask(`${address}?process=${job.process}`)
      name = nameOf(told)
      logs = told.details.log ?? []
    } catch {
      // it is not in the index yet: its first log will do
    }
    const key = (number) => keyOf(job, number)
    logs.forEach((log, number) => {
      const file = `${address}/log?process=${job.process}&number=${number}`
      const title = logs.length > 1 ? `${name}: ${log}` : name
      this.choices.set(key(number), {name: title, make: () => new FileLog(file), address: file, jobid: Number(job.jobid)})
    })
    if (!logs.length) this.choices.set(key(0), {name: `${name} (has no log)`, make: () => null})
  }

  /** Show another log, from its end. */
  async choose(key) {
    this.source.replaceChildren(...[...this.choices].map(([each, {name}]) => element('option', {value: each}, name)))
    this.source.value = key
    this.chosen = this.choices.get(key)
    const source = this.chosen.make()
    this.pages = source && new LogPages(source)
    this.problem = ''
    this.mark = null
    this.download.hidden = !source
    this.download.href = this.chosen.address ?? ''
    this.search()
    this.setFollowing(true)
    await this.refresh(true)
  }

  /** What the run tells as it happens. */
  hear(messages) {
    if (this.pages?.source instanceof MessageLog) {
      this.pages.hear(messages)
      this.looked()
    } else if (messages.some(({type, data}) => (type === 'log' || type === 'rule') && data.jobid === this.chosen.jobid)) {
      this.refreshSoon()
    }
  }

  /** See whether the file has grown. */
  async refresh(isFirst = false) {
    const {pages} = this
    if (!pages) {
      this.update()
      return
    }
    try {
      const change = await pages.source.refresh()
      if (pages !== this.pages) return
      this.problem = ''
      if (change === 'another') pages.clear()
      if (change !== 'same' || isFirst) pages.grown()
      if (change === 'another') this.search()
      if (change !== 'same' || isFirst) this.looked()
    } catch (problem) {
      this.problem = problem.message
      this.update()
    }
  }

  /** The log has grown. */
  looked() {
    this.found?.run()
    this.updateSoon()
  }

  search() {
    const wanted = {text: this.text.value, level: this.level.value}
    this.found?.close()
    this.found = null
    if (this.pages && (wanted.text || wanted.level)) {
      const found = new LogSearch(this.pages, wanted, () => this.updateSoon())
      this.found = found
      found.run()
    }
    this.updateSoon()
  }

  setFollowing(isFollowing) {
    this.isFollowing = isFollowing
    this.followButton.setAttribute('aria-pressed', isFollowing)
    if (isFollowing) this.updateSoon()
  }

  /** Who scrolls up wants to read; who scrolls to the end wants to follow. */
  watchScrolling() {
    let gesture = -Infinity
    for (const event of ['wheel', 'touchmove', 'pointerdown', 'keydown']) {
      this.view.addEventListener(event, () => { gesture = performance.now() }, {passive: true})
    }
    this.view.addEventListener('pointermove', ({buttons}) => { if (buttons) gesture = performance.now() })
    let before = 0
    this.view.addEventListener('scroll', () => {
      const {scrollTop} = this.view
      const isDown = scrollTop > before
      before = scrollTop
      // a list that has become shorter scrolls up too, and is at its end then
      if (performance.now() - gesture < GESTURE_MS) this.setFollowing(isDown && this.rows.isAtEnd)
    }, {passive: true})
  }

  /** Show what there is now; what was at the upper edge stays there. */
  update() {
    const top = this.rows.top
    const edge = this.edge && !this.found ? this.edge : null
    this.rows.count = this.found ? this.found.found.length : (this.pages?.rows ?? 0)
    this.view.classList.toggle('is-short', this.rows.count < FEW)
    if (this.isFollowing) this.rows.scrollTo(Infinity)
    else if (edge) this.rows.scrollTo(this.pages.rowOf(edge) + (top % 1))
    this.rows.soon()
    setText(this.summary, this.problem || this.inWords())
  }

  inWords() {
    if (!this.pages) return 'This job has no log.'
    if (this.found) {
      const {found, share, isFull, isRunning, problem} = this.found
      const lines = `${found.length.toLocaleString('en')} line${found.length === 1 ? '' : 's'}`
      if (problem) return `${lines}, then: ${problem}`
      if (isFull) return `the first ${lines} that are so`
      return isRunning ? `${lines} in ${Math.floor(share * 100)} % of the log` : lines
    }
    if (!this.pages.rows) return 'Nothing is written yet.'
    const isCounted = !this.pages.counts.includes(undefined) && this.pages.counts.length === this.pages.source.pages
    return `${isCounted ? '' : 'about '}${this.pages.rows.toLocaleString('en')} lines`
  }

  /** Read what is in sight, once scrolling pauses. */
  see(first, ends) {
    this.edge = this.found || !this.pages ? null : this.pages.locate(first)
    if (this.found || !this.pages) return
    const {pages} = this
    clearTimeout(this.readTimer)
    const missing = pages.missing(first, ends)
    if (!missing.length) return
    this.readTimer = setTimeout(async () => {
      try {
        await Promise.all(missing.map((page) => pages.page(page)))
        this.problem = ''
      } catch (problem) {
        this.problem = problem.message
      }
      if (pages === this.pages) this.update()
    }, READ_MS)
  }

  makeRow() {
    const parts = {
      time: element('time', {class: 'line-time'}), job: element('span', {class: 'line-job'}),
      text: element('span', {class: 'line-text'}),
    }
    const row = element('div', {class: 'line', on: {click: () => this.jump(row.at)}}, parts.time, parts.job, parts.text)
    row.parts = parts
    return row
  }

  fillRow(row, index) {
    const match = this.found?.found[index]
    const line = this.found ? match?.line : this.pages?.line(index)
    const {time, job, text} = row.parts
    row.at = match ?? null
    row.dataset.level = line?.level ?? 'info'
    row.classList.toggle('is-match', Boolean(match))
    row.classList.toggle('is-marked', !this.found && this.mark !== null && index === this.pages.rowOf(this.mark))
    time.hidden = job.hidden = !line?.timestamp
    if (line?.timestamp) {
      setText(time, local(line.timestamp))
      time.title = utc(line.timestamp)
      setText(job, `${line.rule} ${wildcardText(line.wildcards)}`.trim())
    }
    setText(text, line ? line.text : '…')
  }

  /** From a line that was found to where it is. */
  jump(match) {
    if (!match || getSelection().toString()) return
    this.mark = match
    this.text.value = this.level.value = ''
    place.write({lines: '', level: ''})
    this.search()
    this.setFollowing(false)
    this.rows.count = this.pages.rows
    this.edge = {page: match.page, at: Math.max(0, match.at - 5)}
    this.rows.scrollTo(this.pages.rowOf(this.edge))
    this.updateSoon()
  }
}

/** How the address names a log of a job. */
function keyOf({process, jobid}, number) {
  return `${process}.${jobid}.${number}`
}
