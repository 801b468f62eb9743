// The page of a run: first what the API tells, then each message as it comes.
import {Problem, ask, pages, send} from '../common/api.js'
import {seldom, setText} from '../common/dom.js'
import {ClusterLine} from './cluster.js'
import {Failures} from './failures.js'
import {JobDetail} from './job_detail.js'
import {JobsTable} from './jobs_table.js'
import {follow} from './live.js'
import {LogConsole} from '../log/log_console.js'
import {PageParts} from './page_parts.js'
import * as place from '../common/place.js'
import {ResultsPlace} from './results_place.js'
import {RuleBars} from './rule_bars.js'
import {RuleGraph} from './rule_graph.js'
import {RunHeader} from './run_header.js'
import {RunState} from './run_state.js'
import {Timeline} from '../timeline/timeline.js'
import {show as showTime} from '../common/times.js'

const JOBS_AT_ONCE = 500
const FEW_MESSAGES = 2000 // a run that has no more is read from its beginning: it may not be indexed yet
const DRAW_MS = 250
const AGAIN_MS = 5000
const REFRESH_MS = 30_000
const DIFFERS_MS = 2000 // what was asked for has not happened yet, or is not in the index yet
const OVER = ['completed', 'failed', 'cancelled']

const find = (id) => document.getElementById(id)

class RunPage {
  constructor(head) {
    this.self = head.dataset.self
    this.title = document.title
    this.state = new RunState()
    this.rule = place.read('rule')
    this.graph = {nodes: [], edges: []}
    this.live = null
    const onChange = (run) => this.hear(run)
    this.header = new RunHeader(head, {onRetry: () => this.live?.retry(), onChange, onStale: () => this.refreshSoon()})
    this.failures = new Failures(find('run-failures'), {
      onOpen: (job) => this.console.open(job), onChange, onStale: () => this.drawSoon(),
    })
    this.cluster = new ClusterLine(find('run-cluster'))
    const choose = (rule) => this.choose(rule === this.rule ? '' : rule)
    this.bars = new RuleBars(find('run-bars'), choose)
    this.drawing = new RuleGraph(find('run-graph'), choose)
    const onOpen = (job) => {
      this.detail.open(job)
      this.showDetail()
    }
    const onLog = (job) => this.console.open(job)
    this.jobs = new JobsTable(find('run-jobs'), {onOpen, onLog, onRule: (rule) => this.choose(rule)})
    this.timeline = new Timeline(find('run-timeline'), {onOpen, onLog})
    this.drawSoon = seldom(() => this.draw(), DRAW_MS)
    this.refreshSoon = seldom(() => this.refresh(), 1000)
    this.readGraphSoon = seldom(() => this.readGraph(), 2000)
    this.results = new ResultsPlace(find('run-results'))
    this.parts = new PageParts(find('run-parts'), [...document.querySelectorAll('main > [data-part]')])
    place.onChange(() => this.recall())
  }

  async begin() {
    this.told = await ask(this.self)
    const {state, told} = this
    state.begin(told)
    state.last = told.last_sequence <= FEW_MESSAGES ? 0 : told.last_sequence
    await this.readGraph()
    this.results.begin(told)
    this.follow()
    document.documentElement.classList.add('is-live')
    for (const part of document.querySelectorAll('[data-live]')) part.hidden = false
    find('run-facts-last').append(find('run-facts'))
    this.console = new LogConsole(find('run-log'), told, () => Math.max(told.last_sequence, this.state.last))
    this.detail = new JobDetail({
      links: told.links, onLog: (job) => this.console.open(job), onRule: (rule) => this.choose(rule),
    })
    this.detail.recall(state.jobs)
    this.draw()
    setInterval(() => this.tick(), 1000)
    addEventListener('visibilitychange', () => { if (!document.hidden) this.refreshSoon() })
    await this.readJobs()
  }

  /** From the message after the last one that we have. */
  follow() {
    this.live?.close()
    this.live = follow({
      socket: this.told.links.socket,
      events: this.told.links.events,
      since: this.state.last,
      onMessages: (messages) => this.take(messages),
      onState: (connection) => this.showConnection(connection),
    })
  }

  take(messages) {
    const before = this.state.changes
    for (const message of messages) {
      this.state.take(message)
      if (message.type === 'status') this.refreshSoon()
      if (message.type === 'progress' && message.data.rules) this.readGraphSoon()
    }
    this.console?.hear(messages)
    this.results.hear(messages)
    if (this.state.changes !== before) this.drawSoon()
  }

  showConnection(connection) {
    this.hasEnded = connection.kind === 'ended'
    this.header.showConnection(connection)
  }

  /** Jobs of the API, page after page; again where that breaks off. */
  async readJobs() {
    const {links} = this.told
    try {
      for await (const {items} of pages(`${links.jobs}?limit=${JOBS_AT_ONCE}`)) {
        this.state.addJobs(items)
        this.drawSoon()
      }
      this.state.isComplete = true
      this.drawSoon()
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500) this.header.showTrouble(problem.message)
      else setTimeout(() => this.readJobs(), AGAIN_MS)
    }
  }

  /** The rules, and what they need of each other; without that at least the rules. */
  async readGraph() {
    try {
      this.graph = await ask(`${this.self}/rulegraph`)
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      await this.readRules()
    }
    this.state.addRules(this.graph.nodes)
    this.drawing.draw(this.graph)
    find('run-graph-part').hidden = !this.graph.edges.length
    this.drawSoon()
  }

  async readRules() {
    const rules = new Map()
    try {
      for (const {rule, state, jobs} of (await ask(`${this.self}/rules`)).items) {
        if (!rules.has(rule)) rules.set(rule, {rule, jobs: {}})
        rules.get(rule).jobs[state] = jobs
      }
    } catch {
      return // the jobs themselves tell it in a moment
    }
    this.graph = {nodes: [...rules.values()], edges: []}
  }

  /** What the API says of the run now: what can be done, how long it may take. */
  async refresh() {
    try {
      this.hear(await ask(this.self))
    } catch (problem) {
      if (problem.status === 404) this.header.showConnection({kind: 'gone'})
    }
  }

  hear(run) {
    this.told = run
    this.results.begin(run)
    this.refreshedAt = performance.now()
    this.findFiles()
    // somebody has resumed it, or will
    if (this.hasEnded && (run.last_sequence > this.state.last || !OVER.includes(run.state))) this.follow()
    this.drawSoon()
  }

  /** Log and report come to be while the page is open. */
  async findFiles() {
    if (!this.state.isOver) return
    for (const place of document.querySelectorAll('#run-links [data-file][hidden]')) {
      try {
        place.hidden = !(await send(place.dataset.file, {method: 'HEAD'})).ok
      } catch {
        return // the next time
      }
    }
  }

  tick() {
    const differs = this.told.state !== this.state.run.state
    if (document.hidden || (this.state.isOver && !differs)) return
    this.showHead()
    this.timeline.tick()
    if (performance.now() - (this.refreshedAt ?? 0) > (differs ? DIFFERS_MS : REFRESH_MS)) {
      this.refreshedAt = performance.now()
      this.refresh()
    }
  }

  choose(rule) {
    this.rule = rule
    place.write({rule}, {step: true})
    this.draw()
  }

  /** The reader went back or forward. */
  recall() {
    this.rule = place.read('rule')
    this.jobs.recall()
    this.timeline.recall()
    this.console?.recall()
    this.detail?.recall(this.state.jobs)
    if (this.console) this.draw()
  }

  /** A job's details, with what became of it before the run was resumed. */
  showDetail() {
    this.detail.show(this.state.jobs, this.state.past)
  }

  draw() {
    const {state} = this
    const rules = [...state.rules.values()].map((rule) => [rule.rule, state.countsOf(rule)])
    const counts = {}
    for (const [, each] of rules) {
      for (const [name, jobs] of Object.entries(each)) counts[name] = (counts[name] ?? 0) + jobs
    }
    this.counts = counts
    this.console.isLive = !state.isOver
    this.showHead()
    if (state.run.state === 'completed') this.parts.order(find('run-results'), find('run-rules'))
    else this.parts.order(find('run-rules'), find('run-results'))
    this.cluster.show(state.jobs.values())
    this.bars.show(rules, this.rule, state.isOver)
    this.drawing.show(rules, this.rule, state.isOver)
    this.jobs.show([...state.jobs.values()], rules.map(([name]) => name), this.rule)
    this.timeline.show(state, this.rule)
    this.showDetail()
    this.failures.show(state.failed(), state.errors, {...this.told, state: state.run.state})
    document.title = `${state.run.state} · ${this.title}`
    for (const fact of ['start', 'end']) this.showFact(fact, state.run[fact])
    this.showDriver()
  }

  showHead() {
    const {run} = this.state
    // only the API knows why a run waits, and that it was asked to end
    const why = (run.state === this.told.state && ['queued', 'running'].includes(run.state) && this.told.why) || run.why
    this.header.show({...run, why}, this.counts ?? {}, this.told)
  }

  /** Where what steers the run lives; it may be elsewhere after a restart. */
  showDriver() {
    const {words} = this.told.driver ?? {} // what an action gives does not tell it
    if (words === undefined) return
    const [title, place] = document.querySelectorAll('[data-fact="driver"]')
    title.hidden = place.hidden = !words
    setText(place, words)
  }

  showFact(name, time) {
    for (const part of document.querySelectorAll(`[data-fact="${name}"]`)) part.hidden = !time
    const node = document.querySelector(`[data-fact="${name}"] time`)
    if (time && node) showTime(node, time)
  }
}

const head = find('run-head')
if (head) {
  new RunPage(head).begin().catch((problem) => {
    // the page stays as the service made it
    find('run-trouble').textContent = `This page does not follow the run: ${problem.message}`
    find('run-trouble').hidden = false
  })
}
