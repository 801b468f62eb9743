// Parts of the page of a new run: the analyses, and how a template is kept.
import {counted, element, setText} from '../common/dom.js'

export class AnalysisCards {
  /**
   * @param {HTMLElement} root a fieldset
   * @param {(name: string) => void} onChoose
   */
  constructor(root, onChoose) {
    this.root = root
    this.onChoose = onChoose
    this.targets = []
  }

  /** @param {object[]} analyses of the API */
  draw(analyses) {
    this.analyses = analyses
    const cards = analyses.map(({name, title, description}) => this.card(name, title, description))
    this.own = this.card('', 'As the earlier run: single targets', '')
    this.own.hidden = true
    this.root.append(...cards, this.own)
  }

  get chosen() {
    return this.root.querySelector('input:checked')?.value ?? ''
  }

  /** What of the workflow is made instead of an analysis; empty where one is chosen. */
  get chosenTargets() {
    return this.chosen ? [] : this.targets
  }

  /** @param {string[]} targets of an earlier run that had no analysis */
  show(name, targets = []) {
    this.targets = targets
    this.own.hidden = !targets.length
    setText(this.own.querySelector('small'), targets.join(' '))
    for (const input of this.root.querySelectorAll('input')) input.checked = input.value === name && (name || targets.length > 0)
  }

  card(name, title, description) {
    return element('label', {class: 'card'},
      element('input', {type: 'radio', name: 'full-analysis', value: name, on: {change: () => this.onChoose(name)}}),
      element('strong', {}, title), element('small', {}, description))
  }
}

/** Asks under which name a template is kept. */
export class KeepDialog {
  constructor() {
    this.name = element('input', {id: 'keep-name', required: true, maxlength: 100, autocomplete: 'off'})
    this.about = element('textarea', {id: 'keep-about', rows: 2, maxlength: 1000})
    this.sheet = element('input', {type: 'checkbox'})
    this.shared = element('input', {type: 'checkbox'})
    this.note = element('small', {role: 'status'})
    this.files = element('small', {role: 'status'})
    this.trouble = element('p', {role: 'alert', hidden: true})
    this.button = element('button', {class: 'primary'}, 'Save')
    const choice = (box, text, help) => element('label', {class: 'choice'}, box, element('span', {}, text, element('small', {}, help)))
    this.form = element('form', {method: 'dialog'},
      element('div', {class: 'field'}, element('label', {for: 'keep-name'}, 'Name'), this.name, this.note),
      element('div', {class: 'field'}, element('label', {for: 'keep-about'}, 'What it is for'), this.about),
      choice(this.sheet, 'With the samples', 'Else it holds the analysis, the settings and the options alone.'),
      choice(this.shared, 'For everybody here', 'Who may submit runs can use it; only you can change it.'),
      this.files, this.trouble,
      element('p', {class: 'buttons'}, this.button, element('button', {type: 'button', on: {click: () => this.root.close()}}, 'Cancel')))
    this.root = element('dialog', {class: 'save', 'aria-labelledby': 'keep-head'},
      element('h2', {id: 'keep-head'}, 'Save as template'), this.form)
    document.body.append(this.root)
  }

  /**
   * @param {object} was the template that the form began with, if it did: {name, description, shared}
   * @param {(name: string) => ?object} mine one's own template of a name
   * @param {(asked: object, earlier: ?object) => Promise<void>} save
   * @param {(withSheet: boolean) => number} uploads how many it would name
   */
  open(was, mine, save, uploads) {
    this.name.value = was?.name ?? ''
    this.about.value = was?.description ?? ''
    this.shared.checked = Boolean(was?.mine && was.shared)
    this.sheet.checked = Boolean(was?.content?.samples)
    this.trouble.hidden = true
    const look = () => {
      const isThere = mine(this.name.value.trim())
      setText(this.note, isThere ? 'You have one of this name: it is replaced.' : '')
      setText(this.button, isThere ? 'Replace' : 'Save')
    }
    const lookAtFiles = () => {
      const number = this.shared.checked ? uploads(this.sheet.checked) : 0
      setText(this.files, number ? `It names ${counted(number, 'file')} that you uploaded. Others cannot use ${number === 1 ? 'it' : 'them'}, and choose their own.` : '')
    }
    this.name.oninput = look
    this.sheet.onchange = this.shared.onchange = lookAtFiles
    look()
    lookAtFiles()
    this.form.onsubmit = async (event) => {
      event.preventDefault()
      this.button.disabled = true
      try {
        const name = this.name.value.trim()
        await save({
          name, description: this.about.value, shared: this.shared.checked, withSheet: this.sheet.checked,
        }, mine(name))
        this.root.close()
      } catch (problem) {
        this.trouble.hidden = false
        setText(this.trouble, problem.message)
      } finally {
        this.button.disabled = false
      }
    }
    this.root.showModal()
    this.name.select()
  }
}
