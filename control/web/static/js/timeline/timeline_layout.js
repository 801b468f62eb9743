// Where each attempt of a job stands on a timeline: lanes, and rows in them in which no two
// attempts overlap. Pure: jobs in, places out.

const OPEN = ['selected', 'submitted', 'running']
const TOGETHER = 'together'

/**
 * @typedef {object} Bar one attempt of a job
 * @property {object} job
 * @property {number} attempt
 * @property {string} state
 * @property {number} begin milliseconds since 1970: it was chosen, and waits until `start`
 * @property {?number} queued since when it waits in a cluster's queue; null for none
 * @property {?number} start it began; null for one that only waits. Where a cluster does not tell: it was given to it
 * @property {?number} end null while it is not over
 * @property {string} message why it failed
 * @property {string} externalId @property {string} node of a cluster
 * @property {number} lane @property {number} row places, once they are laid out
 */

/** Makes the bars of jobs, and keeps them: of ten thousand few change at a time. */
export class Bars {
  constructor() {
    this.known = new WeakMap()
  }

  /** @param {Iterable<object>} jobs @returns {Bar[]} in the order in which they began */
  of(jobs) {
    const found = []
    for (const job of jobs) found.push(...this.ofJob(job))
    return found.sort((a, b) => a.begin - b.begin || a.job.jobid - b.job.jobid)
  }

  ofJob(job) {
    const {attempt, state, selected, started, ended, message} = job
    const known = this.known.get(job)
    const now = [attempt, state, selected, started, ended, message, job.node, job.earlier?.length]
    if (known && known.of.every((value, at) => value === now[at])) return known.bars
    const bars = (job.earlier ?? []).map((each) => barOf(job, {...each, state: 'failed'}))
    bars.push(barOf(job, job))
    const made = {of: now, bars: bars.filter(Boolean)}
    this.known.set(job, made)
    return made.bars
  }
}

function barOf(job, {attempt, state, selected, submitted, started, ended, message, external_id: externalId, node}) {
  const start = started ? Date.parse(started) : null
  const queued = submitted && submitted !== started ? Date.parse(submitted) : null
  const begin = selected ? Date.parse(selected) : start
  if (begin === null || Number.isNaN(begin)) return null
  const end = ended ? Date.parse(ended) : OPEN.includes(state) ? null : (start ?? begin)
  return {
    job, attempt, state, begin: Math.min(begin, start ?? begin), queued, start, end, message: message ?? '', externalId: externalId ?? '', node: node ?? '',
  }
}

/**
 * By what lanes can be made.
 *
 * @param {Iterable<object>} jobs
 * @returns {{name: string, title: string}[]} the rule, each wildcard, and one lane for all
 */
export function choices(jobs) {
  const names = new Set()
  for (const {wildcards} of jobs) for (const name of Object.keys(wildcards ?? {})) names.add(name)
  return [
    {name: '', title: 'Rule'},
    ...[...names].sort().slice(0, 12).map((name) => ({name: `by.${name}`, title: `${name} (wildcard)`})),
    {name: TOGETHER, title: 'All together'},
  ]
}

/**
 * Put bars into lanes, and into rows of them.
 *
 * @param {Bar[]} bars in the order in which they began
 * @param {string} by one of the names of `choices`
 * @param {string[]} rules their names, in their order
 * @returns {{name: string, rows: Bar[][]}[]}
 */
export function lanes(bars, by, rules = []) {
  const found = new Map()
  for (const bar of bars) {
    const name = laneOf(bar.job, by)
    if (!found.has(name)) found.set(name, {name, rows: []})
    put(bar, found.get(name).rows)
  }
  const place = new Map(rules.map((rule, at) => [rule, at]))
  const sorted = [...found.values()].sort((a, b) => (
    (place.get(a.name) ?? Infinity) - (place.get(b.name) ?? Infinity) || compare(a.name, b.name)))
  sorted.forEach(({rows}, lane) => rows.forEach((row, at) => row.forEach((bar) => Object.assign(bar, {lane, row: at}))))
  return sorted
}

const {compare} = new Intl.Collator('en', {numeric: true})

function laneOf({rule, wildcards, jobid}, by) {
  if (by === TOGETHER) return ''
  if (by.startsWith('by.')) return wildcards?.[by.slice(3)] ?? '–'
  return rule || `job ${jobid}`
}

/** The first row that is free then: what runs at the same time never shares one. */
function put(bar, rows) {
  const free = rows.find((row) => {
    const {end} = row.at(-1)
    return end !== null && end <= bar.begin
  })
  if (free) free.push(bar)
  else rows.push([bar])
}

/** The bar of a row at a time, or the nearest one within `tolerance` milliseconds. */
export function barAt(row, time, tolerance, now) {
  let [low, high] = [0, row.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (row[middle].begin <= time) low = middle + 1
    else high = middle
  }
  const away = (bar) => Math.max(bar.begin - time, time - (bar.end ?? now), 0)
  const near = [row[low - 1], row[low]].filter((bar) => bar && away(bar) <= tolerance)
  return near.sort((a, b) => away(a) - away(b))[0] ?? null
}

/** How many bars ran at once, at most. */
export function mostAtOnce(bars) {
  const changes = []
  for (const {start, end} of bars) {
    if (start === null) continue
    changes.push([start, 1])
    if (end !== null) changes.push([Math.max(end, start + 1), -1])
  }
  changes.sort(([a, up], [b, down]) => a - b || up - down)
  let [now, most] = [0, 0]
  for (const [, by] of changes) most = Math.max(most, now += by)
  return most
}
