// Templates: what one has kept of forms like this one, and what others share.
import {ask} from '../common/api.js'
import {element, setText} from '../common/dom.js'
import {showAll} from '../common/times.js'

export class TemplateList {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.address of the API's templates
   * @param {(template: object) => void} options.onUse one was chosen
   * @param {(analysis: string) => string} options.titleOf what an analysis is called
   */
  constructor(root, {address, onUse, titleOf}) {
    this.address = address
    this.titleOf = titleOf
    this.onUse = onUse
    this.items = []
    this.body = element('tbody')
    this.table = element('table', {class: 'stacked templates'},
      element('caption', {}, 'Templates: yours, and those that others share'),
      element('thead', {}, element('tr', {}, ...['Name', 'Analysis', 'Whose', 'Changed', ''].map((text) => (
        text ? element('th', {scope: 'col'}, text) : element('td', {}))))), this.body)
    this.none = element('p', {class: 'faint'},
      'No templates yet. Fill in a form, then “Save as template”: it is here the next time.')
    this.says = element('p', {role: 'status'})
    root.replaceChildren(this.table, this.none, this.says)
  }

  /** Look what there is. */
  async refresh() {
    const {items} = await ask(this.address)
    this.items = items
    // rows that are the same stay: somebody may just be asked whether to delete one
    const told = JSON.stringify(items)
    if (told === this.told) return
    this.told = told
    this.table.hidden = !items.length
    this.none.hidden = items.length > 0
    this.body.replaceChildren(...items.map((item) => this.row(item)))
    showAll(this.body)
  }

  /** One's own template of a name, if there is one. */
  mine(name) {
    return this.items.find((item) => item.mine && item.name === name)
  }

  /** Keep something: in the place of one's own of that name, where `earlier` is given. */
  async save(asked, earlier) {
    const made = await ask(earlier?.link ?? this.address, {method: earlier ? 'PUT' : 'POST', body: asked})
    await this.refresh()
    setText(this.says, `Saved: ${made.name}${made.shared ? ', for everybody here' : ''}.`)
    return made
  }

  row(item) {
    const use = element('button', {type: 'button', class: 'small', 'aria-label': `Use ${item.name}`, on: {click: () => this.onUse(item)}}, 'Use')
    const who = [item.mine ? 'you' : item.owner, item.shared ? 'shared' : ''].filter(Boolean).join(', ')
    return element('tr', {},
      element('th', {scope: 'row', 'data-label': 'Name'}, element('strong', {}, item.name),
        item.description ? element('small', {}, item.description) : null),
      element('td', {'data-label': 'Analysis'}, this.titleOf(item.analysis)),
      element('td', {'data-label': 'Whose'}, who),
      element('td', {'data-label': 'Changed'}, element('time', {datetime: item.changed}, item.changed)),
      element('td', {class: 'row-buttons'}, use, ' ', item.actions.includes('delete') ? this.deleter(item) : null))
  }

  /** Deletes at the second press: the first asks. */
  deleter(item) {
    const button = element('button', {type: 'button', class: 'small danger', 'aria-label': `Delete ${item.name}`}, 'Delete')
    const calm = () => {
      delete button.dataset.asked
      setText(button, 'Delete')
      button.setAttribute('aria-label', `Delete ${item.name}`)
    }
    button.addEventListener('blur', calm)
    button.addEventListener('click', async () => {
      if (!button.dataset.asked) {
        button.dataset.asked = 'yes'
        setText(button, 'Really delete')
        button.setAttribute('aria-label', `Really delete ${item.name}`)
        return
      }
      try {
        await ask(item.link, {method: 'DELETE'})
        await this.refresh()
        setText(this.says, `Deleted: ${item.name}.`)
      } catch (problem) {
        setText(this.says, problem.message)
      }
    })
    return button
  }
}
