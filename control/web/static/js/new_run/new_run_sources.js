// Where a form may begin: an earlier run, a template, or an example.
import {ask} from '../common/api.js'
import {element} from '../common/dom.js'

export const EMPTY = {
  name: '', analysis: '', targets: [], config: {}, samples: '', profile: 'default', launcher: 'local', options: {}, base: null,
}

/**
 * What a form begins with.
 *
 * @param {string} api address of the API
 * @param {string} origin 'from=RUN_ID', 'template=ID', 'example=NAME'; '' for nothing
 * @param {object[]} examples of the API
 * @returns {Promise<{form: object, told: string, template?: object}>} `told`: what it is, for people
 */
export async function begin(api, origin, examples) {
  const [kind, id] = [origin.slice(0, origin.indexOf('=')), origin.slice(origin.indexOf('=') + 1)]
  if (kind === 'from') return ofRun(api, id)
  if (kind === 'template') return ofTemplate(api, id)
  if (kind === 'example') return ofExample(examples, id)
  return {form: {...EMPTY}, told: ''}
}

/**
 * Show what one can begin with: examples, templates, earlier runs.
 *
 * @param {object} page
 * @param {(origin: string) => void} page.onStart one was chosen
 * @throws {Problem} it could not be looked up
 */
export async function offer({api, find, examples, templates, onStart}) {
  find('examples').replaceChildren(
    element('button', {type: 'button', on: {click: () => onStart('')}}, 'Empty form'),
    ...examples.map(({name, title}) => element('button', {
      type: 'button', title, on: {click: () => onStart(`example=${name}`)},
    }, title)))
  const [{items}] = await Promise.all([ask(`${api}/runs?limit=50`), templates.refresh()])
  const choices = items.filter(({owner}) => owner).map(({run_id: id, name, analysis, state}) => element(
    'option', {value: id}, [name || id, analysis, state, id].filter(Boolean).join(' · ')))
  find('earlier').replaceChildren(element('option', {value: ''}, 'choose one…'), ...choices)
}

async function ofRun(api, id) {
  const address = `${api}/runs/${encodeURIComponent(id)}`
  const [run, asked] = await there(Promise.all([ask(address), ask(`${address}/config`)]), `run ${id}`)
  const told = await ask(`${api}/configuration`, {method: 'POST', body: {yaml: asked.config ?? ''}})
  if (told.config === null) throw new Error(`run ${id}: its configuration cannot be read: ${told.problems[0].message}`)
  const {samples: sheet, ...config} = withoutNulls(told.config) // the sheet is sent beside it
  const name = run.name || run.run_id
  // what it holds as inputs only a run may use that is made of it
  const base = run.actions.includes('rerun') ? {run_id: run.run_id, name, config, options: asked.options} : null
  return {
    form: {
      ...EMPTY, name: asked.name, analysis: asked.analysis, targets: asked.targets, config,
      samples: asked.samples ?? '', profile: asked.profile || 'default', launcher: asked.launcher || 'local',
      options: asked.options, base,
    },
    told: `run ${name}`,
  }
}

async function ofTemplate(api, id) {
  const template = await there(ask(`${api}/templates/${encodeURIComponent(id)}`), `template ${id}`)
  const {analysis, config, samples, profile, launcher, options} = template.content
  return {
    form: {
      ...EMPTY, analysis, config, options, samples: samples ?? '', profile: profile || 'default', launcher: launcher || 'local',
    },
    told: `template ${template.name}${template.mine ? '' : ` by ${template.owner}`}`,
    template,
  }
}

/** What is asked for; an address may be older than what it names. */
function there(asked, what) {
  return asked.catch((problem) => {
    throw problem.status === 404 ? new Error(`There is no ${what}: it may have been deleted.`) : problem
  })
}

function ofExample(examples, name) {
  const found = examples.find((each) => each.name === name)
  if (!found) throw new Error(`there is no example ${name}`)
  const {analysis, config, samples} = found
  return {form: {...EMPTY, name: samples.trim().includes('\n') ? name : '', analysis, config, samples}, told: found.title[0].toLowerCase() + found.title.slice(1)}
}

/** Without keys that are empty, which are as good as left out. */
function withoutNulls(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const kept = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]))
}
