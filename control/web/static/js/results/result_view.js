// One view of a run's results, as the API tells it: read when it is looked at, kept up to date.
import {ask} from '../common/api.js'
import {element} from '../common/dom.js'
import {ResultSection} from './result_section.js'
import {list} from '../common/text_list.js'

export class ResultView {
  /**
   * @param {HTMLElement} root its panel
   * @param {object} options
   * @param {string} options.run id, for names of files
   * @param {string} options.library address of the script that draws charts
   */
  constructor(root, {run, library}) {
    Object.assign(this, {root, run, library, sections: new Map(), shown: '', wanted: null, isOpen: false})
    this.status = element('p', {class: 'faint', role: 'status'}, 'Reading the results …')
    this.notes = element('ul', {class: 'notes', hidden: true})
    this.problems = element('ul', {class: 'notes problems', hidden: true})
    root.append(this.status, this.problems, this.notes)
  }

  /** What the list of views says of it; it is read again where it has changed and is looked at. */
  known(item) {
    this.wanted = item
    if (this.isOpen) this.read()
  }

  /** It is looked at. */
  open() {
    this.isOpen = true
    this.read()
  }

  async read() {
    if (this.isReading || this.shown === this.wanted.changed) return
    this.isReading = true
    const {changed, link} = this.wanted
    try {
      this.show(await ask(link))
      this.shown = changed
    } catch (problem) {
      this.say(`These results cannot be shown: ${problem.message}`)
      this.isReading = false
      return // the next refresh tries again
    }
    this.isReading = false
    this.read() // where it has changed meanwhile
  }

  show({name, notes, problems, sections}) {
    this.say('')
    list(this.notes, notes)
    list(this.problems, problems)
    for (const [key, section] of this.sections) {
      if (sections.some((each) => each.name === key)) continue
      section.remove()
      this.sections.delete(key)
    }
    let last = this.notes
    for (const told of sections) {
      let section = this.sections.get(told.name)
      if (!section) {
        section = new ResultSection({
          place: `${name}.${told.name}`, file: `${this.run}_${name}_${told.name}`, library: this.library,
        })
        this.sections.set(told.name, section)
      }
      section.show(told)
      // one that comes later may stand before those that are there
      if (last.nextElementSibling !== section.node) last.after(section.node)
      last = section.node
    }
  }

  say(text) {
    this.status.textContent = text
    this.status.hidden = !text
  }
}
