// The form of a new run: what is filled in, where it began, and what becomes of it.
import {ask, freshKey} from '../common/api.js'
import {counted, element, seldom, setText} from '../common/dom.js'
import {Draft} from './new_run_draft.js'
import {AnalysisCards, KeepDialog} from './new_run_parts.js'
import {RunSettings} from './new_run_settings.js'
import {EMPTY, begin, offer} from './new_run_sources.js'
import * as sending from './new_run_submit.js'
import {RunProblems} from './new_run_problems.js'
import * as place from '../common/place.js'
import {pickUpload} from '../samples/pick_upload.js'
import {Preview} from './preview.js'
import {SampleSheet} from '../samples/sample_sheet.js'
import {SchemaForm} from '../settings/schema_form.js'
import {TemplateList} from './template_list.js'

const ORIGINS = ['from', 'template', 'example']

export class NewRunPage {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.api address of the API
   * @param {object} options.known what GET /analyses tells
   * @param {object} options.first the form of the analysis that is shown first
   */
  constructor(root, {api, known, first}) {
    this.root = root
    this.api = api
    this.known = known
    this.forms = new Map([[first.name, Promise.resolve(first)]])
    this.find = (id) => document.getElementById(id)
    this.draft = new Draft(root.dataset.user)
    this.origin = ''
    this.keepDraft = seldom(() => this.writeDraft(), 400)
    this.build(first)
    addEventListener('pagehide', () => { this.sheet.settle(); if (this.isTouched) this.writeDraft() })
    addEventListener('pageshow', ({persisted}) => {
      if (persisted && this.isDone) Object.assign(this, {isDone: false, once: freshKey()}) // another run is meant
    })
  }

  build(first) {
    const {find, api} = this
    const onChange = () => this.changed()
    this.cards = new AnalysisCards(find('analyses'), (name) => this.useAnalysis(name).then(onChange))
    this.cards.draw(this.known.items)
    this.sheet = new SampleSheet(find('samples'), {schema: first.samples, needs: first.needs, onChange})
    this.settings = new RunSettings(find, {
      api, schema: first.configuration, onChange, pickFile: (about) => pickUpload(this.sheet.uploads, about),
    })
    this.options = new SchemaForm(find('options'), {schema: this.known.options, onChange, isFlat: true})
    this.preview = new Preview(find('preview'))
    this.wrong = new RunProblems(find('problems'), this)
    this.templates = new TemplateList(find('templates'), {
      address: `${api}/templates`, onUse: ({id}) => this.startFrom(`template=${id}`), titleOf: (name) => this.titleOf(name),
    })
    this.dialog = new KeepDialog()
    find('profile').replaceChildren(...this.known.profiles.map((name) => element('option', {}, name)))
    const {launchers} = this.known
    find('launcher').replaceChildren(...launchers.map(launcherOption))
    find('where').hidden = launchers.length < 2 // nothing to choose from
    for (const id of ['run-name', 'profile', 'launcher']) find(id).addEventListener('input', () => { this.mark(id, ''); onChange() })
    find('check').addEventListener('click', () => this.check())
    find('run').addEventListener('click', () => this.run())
    find('keep').addEventListener('click', () => this.keep())
    find('start-from').addEventListener('toggle', () => find('start-from').open && this.offer())
    find('earlier').addEventListener('change', ({target}) => target.value && this.startFrom(`from=${target.value}`))
    const offerFiles = () => this.settings.form.offerFiles(
      this.sheet.uploads.fitting().map(({id, name}) => ({value: `upload:${id}`, label: name})))
    this.sheet.uploads.listen(offerFiles)
    this.sheet.uploads.ready.then(offerFiles)
  }

  /** Begin with what the address says, or with what is kept in this tab. */
  async start() {
    const name = ORIGINS.find((each) => place.read(each))
    const origin = name ? `${name}=${place.read(name)}` : ''
    const kept = this.draft.read()
    if (kept && (!origin || kept.origin === origin)) {
      await this.show(kept)
      this.isTouched = true
      this.tellOrigin(kept.told ? `From ${kept.told}, as you have changed it.` : 'As you left it in this tab.')
      return
    }
    await this.startFrom(origin, {isFirst: true})
  }

  /** Begin anew; what is filled in is put aside. */
  async startFrom(origin, {isFirst = false} = {}) {
    this.complain('')
    try {
      const {form, told, template} = await begin(this.api, origin, this.known.examples)
      if (isFirst || this.isTouched) this.draft.putAside()
      this.draft.drop()
      this.isTouched = false
      await this.show({...form, origin, told, once: freshKey(), analysis: form.analysis || (form.targets.length ? '' : this.known.items[0].name)})
      this.template = template
      this.find('start-from').open = false
      this.tellOrigin(told ? `From ${told}.${form.base ? ' Files that it holds can be used again.' : ''}` : '')
    } catch (problem) {
      this.complain(problem.message)
      if (isFirst) await this.startFrom('', {isFirst: true}).then(() => this.complain(problem.message))
    }
  }

  /** Fill in everything. */
  async show(form) {
    const all = {...EMPTY, once: freshKey(), origin: '', told: '', ...form}
    Object.assign(this, {base: all.base, origin: all.origin, told: all.told, once: all.once})
    this.find('run-name').value = all.name
    this.cards.show(all.analysis, all.targets)
    if (all.analysis) await this.useAnalysis(all.analysis)
    this.settings.value = all.config
    this.sheet.text = all.samples
    this.options.value = all.options
    this.choose('profile', all.profile)
    this.choose('launcher', all.launcher)
    if (all.brokenText) await this.settings.takeText(all.brokenText)
    place.write(Object.fromEntries(ORIGINS.map((name) => [
      name, all.origin.startsWith(`${name}=`) ? all.origin.slice(name.length + 1) : ''])))
    this.forget()
    this.tellSummary()
  }

  /** Everything that is filled in. */
  read() {
    return {
      name: this.find('run-name').value.trim(), analysis: this.cards.chosen, targets: this.cards.chosenTargets,
      config: this.settings.value, samples: this.sheet.text, profile: this.find('profile').value, launcher: this.find('launcher').value,
      options: this.options.value, base: this.base, origin: this.origin, told: this.told, once: this.once,
      brokenText: this.settings.brokenText,
    }
  }

  /** The columns and settings of an analysis; what is filled in stays. */
  async useAnalysis(name) {
    if (!this.known.items.some((each) => each.name === name)) {
      this.complain(`There is no analysis ${name} any more: choose another one.`)
      return
    }
    if (!this.forms.has(name)) this.forms.set(name, ask(`${this.api}/analyses/${encodeURIComponent(name)}`))
    try {
      const {configuration, samples, needs} = await this.forms.get(name)
      if (this.cards.chosen !== name) return // another one was chosen meanwhile
      this.settings.setSchema(configuration)
      this.sheet.setColumns(samples, needs)
    } catch (problem) {
      this.forms.delete(name)
      this.complain(problem.message)
    }
  }

  changed() {
    this.isTouched = true
    const {hidden} = this.find('preview') // also a YAML that is only read now, before anything is asked
    this.find('stale').hidden = hidden
    this.find('preview').classList.toggle('is-stale', !hidden)
    this.tellSummary()
    this.keepDraft()
  }

  writeDraft() {
    if (this.isDone) return
    const isKept = this.draft.write(this.read())
    if (!isKept && !this.wasTold) this.complain('This is too much for the browser to keep: a page that is loaded again will not have it.')
    this.wasTold = !isKept
  }

  /** Let the service look at it, and the workflow say what it would do. */
  check() {
    return this.busy('Asking the workflow what it would do', async (signal) => {
      const told = await sending.validate(this.api, this.read(), signal)
      if (told.accepted) this.preview.show(told)
      else {
        this.preview.clear()
        this.wrong.show(this.wrong.place(told.problems))
      }
    })
  }

  run() {
    return this.busy('Submitting', async () => {
      const made = await sending.run(this.api, this.read())
      this.isDone = true
      this.draft.drop()
      location.assign(this.root.dataset.runs + made.run_id)
    })
  }

  /** Do something with what is filled in (`work` can be stopped where it takes a signal), unless it is seen here already that it cannot be. */
  async busy(text, work) {
    const stop = new AbortController()
    this.forget()
    const buttons = [this.find('check'), this.find('run')]
    for (const button of buttons) button.disabled = true
    try {
      const wrong = await this.wrong.look()
      if (!wrong.length) {
        this.find('preview-none').hidden = true
        this.preview.busy(text, work.length ? () => stop.abort() : null)
        this.lead()
        await work(stop.signal)
      } else this.wrong.show(wrong)
    } catch (problem) {
      this.preview.clear()
      if (problem.name !== 'AbortError') this.wrong.show(problem.status === 401 ? [this.wrong.signedOut()] : this.wrong.place(sending.placed(problem)))
    } finally {
      for (const button of buttons) button.disabled = false
      this.find('preview-none').hidden = !stop.signal.aborted
      this.lead()
    }
  }

  /** To what is said; also by keys, where the button that was pressed is off. */
  lead() {
    const outcome = this.find('outcome')
    if (document.activeElement === document.body) outcome.focus({preventScroll: true})
    outcome.scrollIntoView({block: 'start'})
  }

  /** What was said of an earlier state counts no more. */
  forget() {
    this.wrong.forget()
    this.preview.clear()
    this.find('stale').hidden = true
    this.find('preview').classList.remove('is-stale')
    this.find('preview-none').hidden = false
  }

  /** Keep it as a template. */
  async keep() {
    try {
      this.sheet.settle()
      await this.settings.settle()
      await this.templates.refresh()
    } catch (problem) {
      return this.complain(problem.message)
    }
    this.dialog.open(this.template, (name) => this.templates.mine(name), async ({withSheet, ...asked}, earlier) => {
      const {analysis, config, samples, profile, launcher, options} = this.read()
      const content = {analysis, config, samples: withSheet ? samples : null, profile, launcher, options}
      this.template = await this.templates.save({...asked, content}, earlier)
      this.tellOrigin(`Saved as template ${this.template.name}.`)
    }, (withSheet) => this.wrong.uploads(withSheet).length)
  }

  /** What one can start from, looked up when it is asked for. */
  offer() {
    const {api, find, known, templates} = this
    return offer({api, find, examples: known.examples, templates, onStart: (origin) => this.startFrom(origin)})
      .catch((problem) => this.complain(problem.message))
  }

  /** Say where it began, and what was there before. */
  tellOrigin(text) {
    const again = this.draft.takeBack()
    const button = (name, work) => element('button', {type: 'button', class: 'small', on: {click: work}}, name)
    const lines = text ? [element('p', {}, text, button('Start with an empty form', () => this.startFrom('')))] : []
    if (again) {
      lines.push(element('p', {}, 'Put aside: what you had filled in before.', button('Bring it back', async () => {
        this.draft.drop(':before')
        await this.show(again)
        this.changed()
        this.tellOrigin('As you had filled it in before.')
      })))
    }
    this.find('origin').replaceChildren(...lines)
  }

  tellSummary() {
    const {cards, sheet, settings, options} = this
    const changed = settings.changes
    setText(this.find('summary'), [
      this.titleOf(cards.chosen) || (cards.chosenTargets.join(' ') || 'Nothing chosen yet'), counted(sheet.rows.length, 'sample'),
      changed ? `${counted(changed, 'setting')} changed` : 'default settings',
    ].join(' · '))
    setText(this.find('how-badge'), options.changes ? `${options.changes} changed` : '')
  }

  titleOf(analysis) {
    return this.known.items.find(({name}) => name === analysis)?.title ?? analysis
  }

  /** Choose in a list, also what is not offered here any more: the service says so then. */
  choose(id, name) {
    const select = this.find(id)
    if (![...select.options].some(({value}) => value === name)) select.append(element('option', {value: name}, name))
    select.value = name
    if (id === 'launcher' && select.options.length > 1) this.find('where').hidden = false
  }

  /** Say what is wrong with a field of the page's own; '' takes it back. */
  mark(id, message) {
    this.find(`${id}-wrong`).hidden = !message
    setText(this.find(`${id}-wrong`), message)
    if (message) this.find(id).setAttribute('aria-invalid', 'true')
    else this.find(id).removeAttribute('aria-invalid')
  }

  complain(text) {
    this.find('trouble').hidden = !text
    setText(this.find('trouble'), text)
  }
}

function launcherOption(name) {
  return element('option', {value: name}, name === 'local' ? 'this machine' : name)
}
