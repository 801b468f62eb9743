// What becomes of a filled-in form: it is checked, or becomes a run. A form that began with an
// earlier run is sent as changes to it, because that run holds files that a new one may take.
import {ask} from '../common/api.js'
import {isGroup, same} from '../settings/schema_check.js'

/**
 * Check it as the service does, also by a dry run; nothing is submitted.
 *
 * @param {string} api address of the API
 * @param {object} form what is filled in; see NewRun.read
 * @returns {Promise<object>} `accepted`, `problems`, `jobs`, `plan`, `left_out` …
 */
export function validate(api, form, signal) {
  const address = form.base ? `${api}/runs/${form.base.run_id}/rerun/validate` : `${api}/runs/validate`
  return ask(address, {method: 'POST', body: bodyOf(form), signal})
}

/** Make it a run; the same form with the same content makes one, however often it is sent. */
export function run(api, form) {
  const body = bodyOf(form)
  const address = form.base ? `${api}/runs/${form.base.run_id}/rerun` : `${api}/runs`
  const key = `page-${form.once}-${digest(JSON.stringify([address, body]))}`
  return ask(address, {method: 'POST', body, headers: {'Idempotency-Key': key}})
}

/** What is sent: a submission, or what differs from the run that it began with. */
export function bodyOf(form) {
  const asked = form.targets.length ? {targets: form.targets} : {analysis: form.analysis}
  const body = {name: form.name, profile: form.profile || 'default', launcher: form.launcher || 'local', samples: form.samples, ...asked}
  if (!form.base) return {...body, config: form.config, options: form.options}
  return {
    ...body,
    config: changesOf(form.base.config, form.config),
    options: changesOf(form.base.options, form.options),
  }
}

/** What has to be merged into `before` for it to become `now`; null takes a key away. */
export function changesOf(before, now) {
  const changes = {}
  for (const key of Object.keys(before)) if (!Object.hasOwn(now, key)) changes[key] = null
  for (const [key, value] of Object.entries(now)) {
    const earlier = before[key]
    if (same(earlier, value)) continue
    changes[key] = isGroup(value) && isGroup(earlier) ? changesOf(earlier, value) : value
  }
  return changes
}

/**
 * The problems of a refusal, each with its place.
 *
 * @param {Problem} problem with `errors` such as {place: 'samples.tsv, row 3, source', message}
 * @returns {{file: string, row: number|null, key: string, message: string, hint: string}[]}
 */
export function placed(problem) {
  if (!problem.errors?.length) return [{file: '', row: null, key: '', message: problem.message, hint: ''}]
  return problem.errors.map(({place, message, hint}) => {
    const parts = place.replace(/^body\./, '').split(', ')
    const file = ['config.yaml', 'samples.tsv'].includes(parts[0]) ? parts.shift() : ''
    const row = /^row \d+$/.test(parts[0] ?? '') ? Number(parts.shift().slice(4)) : null
    const key = parts.join(', ')
    return {file, row, key: key === 'submission' ? '' : key, message, hint: hint ?? ''}
  })
}

/** A short number for a text; two texts of one form that had the same one would be refused. */
function digest(text) {
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0')
}
