// "Are you sure?", before something that cannot be taken back.
import {element, setText} from './dom.js'

const MOST_NAMES = 10

/**
 * A dialog that asks; put its `root` into the page. What it is about can be named, and noted.
 *
 * @returns {{root: HTMLDialogElement, ask: (question: string, yes: string,
 *   about?: {names?: string[], note?: string}) => Promise<boolean>}}
 */
export function confirmation() {
  const text = element('p')
  const list = element('ul')
  const more = element('p', {class: 'faint'})
  const yes = element('button', {value: 'yes'})
  const root = element('dialog', {'aria-label': 'Are you sure?'},
    element('form', {method: 'dialog'}, text, list, more,
      element('p', {class: 'buttons'}, yes, element('button', {value: '', autofocus: true}, 'No'))))
  const ask = (question, answer, {names = [], note = ''} = {}) => new Promise((resolve) => {
    setText(text, question)
    list.replaceChildren(...shortened(names).map((name) => element('li', {}, name)))
    list.hidden = !names.length
    setText(more, note)
    more.hidden = !note
    setText(yes, answer)
    root.returnValue = ''
    root.addEventListener('close', () => resolve(root.returnValue === 'yes'), {once: true})
    root.showModal()
  })
  return {root, ask}
}

function shortened(names) {
  if (names.length <= MOST_NAMES) return names
  return [...names.slice(0, MOST_NAMES), `and ${names.length - MOST_NAMES} more`]
}

/** Let forms with `data-confirm` ask before they are sent; `data-yes` is what Yes is called. */
export function askBeforeForms() {
  let dialog = null
  document.addEventListener('submit', async (event) => {
    const form = event.target
    const {confirm: question, yes = 'Yes'} = form.dataset
    if (!question) return
    event.preventDefault()
    if (!dialog) {
      dialog = confirmation()
      document.body.append(dialog.root)
    }
    const {submitter} = event
    if (!(await dialog.ask(question, yes))) return
    delete form.dataset.confirm
    form.requestSubmit(submitter)
  })
}
