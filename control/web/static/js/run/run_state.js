// What the messages of a run add up to: its state, its jobs, rules and errors. No page here.
//
//   const run = new RunState()
//   run.begin(answerOfTheApi); run.addJobs(page.items)
//   for (const message of messages) run.take(message)
//
// What the API tells may be newer than the first messages, and older than later ones: within
// an attempt a job only goes forward, so that both may come in any order, and twice.

import {isWaiting} from './cluster.js'

const RANK = {selected: 0, submitted: 1, running: 2, finished: 3, failed: 3, cancelled: 3, retried: 4}
const JOB_FACTS = ['rule', 'group', 'external_id', 'node', 'reason', 'threads', 'resources']
const ROW_ONLY = [
  'selected', 'submitted', 'started', 'external_id', 'node', 'reason', 'threads', 'peak_memory_mb', 'cpu_s',
  'read_mb', 'written_mb',
]
const OF_ATTEMPT = ['attempt', 'selected', 'submitted', 'started', 'ended', 'duration_s', 'external_id', 'node', 'message']
const MOST_ATTEMPTS = 20 // of one job before the current one
const MOST_ERRORS = 1000 // of the run itself; each job has its last one only

/** A run, as far as it was told. */
export class RunState {
  constructor() {
    this.run = {state: 'queued', why: '', start: null, end: null, total: null, done: null}
    this.jobs = new Map() // "process/jobid" → job
    this.past = new Map() // jobs of earlier Snakemakes that a later one does again
    this.rules = new Map() // name → {rule, counts: {state → jobs}, expected}
    this.errors = []
    this.last = 0 // sequence of the newest message
    this.logs = 0 // log messages that were heard
    this.isComplete = false // all jobs of the API were added
    this.changes = 0 // goes up with each change of what is shown, logs left out
    this.newest = new Map() // rule and wildcards → key of the job that counts
  }

  /** Begin with a run of the API (GET /runs/{id}). */
  begin(run) {
    const {total, done} = run.jobs
    Object.assign(this.run, {
      state: run.state, why: run.why, start: run.start, end: run.end, total, done,
    })
    this.changes += 1
  }

  /** Jobs of the API. Of those that messages tell of, only what these have left out. */
  addJobs(rows) {
    for (const row of rows) {
      const key = `${row.process}/${row.jobid}`
      const known = this.jobs.get(key)
      if (!known) {
        const job = {...row, key, error: null}
        this.jobs.set(key, job)
        this.count(job, 1)
      } else if (compare(known, row) <= 0) {
        this.replace(known, row)
      } else {
        this.replace(known, missing(known, row))
      }
      this.supersede(this.jobs.get(key))
    }
    this.changes += 1
  }

  /** Rules of the API's graph: which there are, and how many of their jobs have not begun. */
  addRules(nodes) {
    for (const {rule: name, jobs} of nodes) {
      const rule = this.rule(name)
      const known = Object.values(jobs).reduce((sum, number) => sum + number, 0)
      rule.expected = Math.max(rule.expected, known)
      // until the jobs themselves are here
      if (!this.jobs.size) rule.first = {...jobs}
    }
    this.changes += 1
  }

  /** Jobs of a rule by state; `waiting`: those that have not begun. Of a completed run all that it needed have. */
  countsOf(rule) {
    const counts = Object.fromEntries(Object.entries(rule.counts).filter(([, jobs]) => jobs > 0))
    if (!this.isComplete && rule.first) return rule.first
    const begun = Object.values(counts).reduce((sum, number) => sum + number, 0)
    if (rule.expected > begun && this.run.state !== 'completed') counts.waiting = rule.expected - begun
    return counts
  }

  get isOver() {
    return ['completed', 'failed', 'cancelled'].includes(this.run.state)
  }

  /** One message (docs/messages.md). */
  take(message) {
    const {type, data, timestamp} = message
    this.last = message.sequence
    if (type === 'log') this.logs += 1
    else if (type === 'rule') this.takeRule(data, timestamp)
    else if (type === 'progress') this.takeProgress(data)
    else if (type === 'error') this.takeError(data, timestamp)
    else if (type === 'status') this.takeStatus(data, timestamp)
    else return
    if (type !== 'log') this.changes += 1
  }

  takeStatus(data, timestamp) {
    const run = this.run
    run.state = data.status
    run.why = data.message ?? ''
    if (data.start) run.start = data.start
    const isFinal = ['completed', 'failed', 'cancelled'].includes(data.status)
    run.end = data.end ?? (isFinal ? timestamp : null)
    if (data.jobs) Object.assign(run, {total: data.jobs.total, done: data.jobs.done})
  }

  takeProgress(data) {
    if (data.scope === 'run') {
      Object.assign(this.run, {total: data.total, done: data.done})
      for (const [name, jobs] of Object.entries(data.rules ?? {})) {
        const rule = this.rule(name) // a resumed run is told only what is left to do
        rule.expected = Math.max(rule.expected, jobs)
      }
      return
    }
    const job = this.jobs.get(keyOf(data))
    if (job && job.attempt === data.attempt && RANK[job.state] < 3) {
      job.progress = data.progress ?? null
      job.stage = data.stage ?? ''
      Object.assign(job, {rate: data.rate ?? null, unit: data.unit ?? ''})
    }
  }

  takeRule(data, timestamp) {
    const job = this.job(data)
    const told = {restarts: 0, ...data}
    if (compare(told, job) < 0) return
    const isNewer = data.attempt > job.attempt
    const isRestarted = !isNewer && told.restarts > job.restarts
    const change = isNewer ? {...newAttempt(data.attempt), earlier: earlierOf(job)} : {}
    if (isRestarted) Object.assign(change, {started: null, node: ''})
    Object.assign(change, {state: data.state, restarts: told.restarts, queue: data.queue ?? null})
    if (data.state !== 'retried') change.message = data.message ?? '' // why it failed is still true
    for (const name of JOB_FACTS) if (data[name] !== undefined) change[name] = data[name]
    if (data.usage) Object.assign(change, data.usage)
    if (data.rule !== undefined) change.wildcards = data.wildcards ?? {}
    Object.assign(change, timesOf(data, timestamp, {...job, ...change}))
    if (data.state === 'failed') change.failures = Math.max(job.failures, data.attempt)
    change.hasNoLog = data.log?.length === 0 // the cluster never began it
    if (data.state === 'finished') {
      change.stage = ''
      if (job.progress !== null) change.progress = 100
    }
    this.replace(job, change)
    this.supersede(job)
  }

  takeError(data, timestamp) {
    const {message, hint, error_class, code, dead_letter} = data
    const error = {message, hint, error_class, code, dead_letter, timestamp}
    if (data.jobid === undefined) {
      if (this.errors.length < MOST_ERRORS) this.errors.push(error)
      return
    }
    this.job(data).error = error
  }

  /** The jobs that have failed, the first one first: what went wrong later may follow from it. */
  failed() {
    const found = [...this.jobs.values()].filter((job) => job.state === 'failed')
    return found.sort((a, b) => (a.ended ?? '').localeCompare(b.ended ?? '') || a.jobid - b.jobid)
  }

  job(data) {
    const key = keyOf(data)
    let job = this.jobs.get(key)
    if (!job) {
      const {jobid, process = 1, rule = '', wildcards = {}} = data
      job = {
        key, process, jobid, rule, wildcards, state: 'selected', failures: 0, group: '',
        error: null, earlier: [], threads: null, resources: {}, ...newAttempt(0),
      }
      this.jobs.set(key, job)
      this.count(job, 1)
    }
    return job
  }

  rule(name) {
    let rule = this.rules.get(name)
    if (!rule) this.rules.set(name, rule = {rule: name, counts: {}, expected: 0})
    return rule
  }

  replace(job, change) {
    this.count(job, -1)
    Object.assign(job, change)
    this.count(job, 1)
  }

  count(job, by) {
    if (!job.rule) return
    const {counts} = this.rule(job.rule)
    counts[job.state] = (counts[job.state] ?? 0) + by
  }

  /** A resumed run runs a job again under another number: what an earlier one did of it is past. */
  supersede(job) {
    if (!job.rule || job.isPlaced) return
    job.isPlaced = true
    const work = `${job.rule}\0${JSON.stringify(job.wildcards)}`
    const key = this.newest.get(work)
    const other = key === undefined ? undefined : this.jobs.get(key)
    if (!other || other.process <= job.process) this.newest.set(work, job.key)
    if (!other || other.process === job.process) return
    const past = other.process < job.process ? other : job
    this.jobs.delete(past.key)
    this.past.set(past.key, past)
    this.count(past, -1)
  }
}

function keyOf({process = 1, jobid}) {
  return `${process}/${jobid}`
}

/** Which of two tells of later: below 0 for the first one being earlier. */
function compare(a, b) {
  return a.attempt - b.attempt || a.restarts - b.restarts || RANK[a.state] - RANK[b.state]
}

function newAttempt(attempt) {
  return {
    attempt, restarts: 0, selected: null, submitted: null, started: null, ended: null, duration_s: null,
    progress: null, stage: '', rate: null, unit: '', external_id: '', node: '', queue: null, message: '',
  }
}

/** The times that a message tells of a job, which is as it was but for a new beginning. */
function timesOf(data, timestamp, job) {
  switch (data.state) {
    case 'selected': return {selected: timestamp}
    case 'submitted': {
      // only a scheduler that tells of its queue knows that a job has not begun
      const isWaiting = Boolean(data.queue) || job.restarts > 0
      return {submitted: job.submitted ?? timestamp, started: isWaiting ? null : job.started ?? timestamp}
    }
    case 'running': return {started: data.started ?? job.started ?? timestamp}
    case 'retried': return {}
    default: {
      const began = job.started ?? (data.duration ? job.submitted : null) // it may only have waited
      return {started: data.started ?? began, ended: timestamp, duration_s: data.duration ?? null}
    }
  }
}

/** The attempts of a job when the next one begins. */
function earlierOf(job) {
  if (!job.attempt) return job.earlier // nobody has told of it
  const last = Object.fromEntries(OF_ATTEMPT.map((name) => [name, job[name] ?? null]))
  return [...job.earlier, last].slice(-MOST_ATTEMPTS)
}

/** What `row` knows of the same attempt that `job` does not. */
function missing(job, row) {
  const found = {}
  if (!job.rule) Object.assign(found, {rule: row.rule, wildcards: row.wildcards})
  if (row.earlier?.length > job.earlier.length) found.earlier = row.earlier
  if (job.attempt !== row.attempt || job.restarts !== row.restarts) return found
  for (const name of ROW_ONLY.filter((name) => name !== 'started' || !isWaiting(job))) if (job[name] === null || job[name] === undefined || job[name] === '') found[name] = row[name]
  if (!Object.keys(job.resources ?? {}).length) found.resources = row.resources
  return found
}
