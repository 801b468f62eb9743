// "Are you sure?", before something that cannot be taken back.
import {element, setText} from './dom.js'

/**
 * A dialog that asks; put its `root` into the page.
 *
 * @returns {{root: HTMLDialogElement, ask: (question: string, yes: string) => Promise<boolean>}}
 */
export function confirmation() {
  const text = element('p')
  const yes = element('button', {value: 'yes'})
  const root = element('dialog', {'aria-label': 'Are you sure?'},
    element('form', {method: 'dialog'}, text,
      element('p', {class: 'buttons'}, yes, element('button', {value: '', autofocus: true}, 'No'))))
  const ask = (question, answer) => new Promise((resolve) => {
    setText(text, question)
    setText(yes, answer)
    root.returnValue = ''
    root.addEventListener('close', () => resolve(root.returnValue === 'yes'), {once: true})
    root.showModal()
  })
  return {root, ask}
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
