// The account page: addresses are tested in place, and this browser can be told to tell.
import {ask} from '../common/api.js'
import {obstacle} from '../frame/browser_notifications.js'
import {element, setText} from '../common/dom.js'
import {bell} from '../frame/page.js'

for (const form of document.querySelectorAll('form[data-test]')) testInPlace(form)
showSwitch(document.getElementById('in-browser'))

function testInPlace(form) {
  const said = form.closest('td').querySelector('.tested')
  const button = form.querySelector('button')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.getAttribute('aria-disabled')) return
    button.setAttribute('aria-disabled', 'true') // it keeps the focus
    setText(said, 'Sending …')
    try {
      const {taken, error} = await ask(form.dataset.test, {method: 'POST'})
      said.replaceChildren(taken
        ? element('strong', {class: 'pass'}, 'Sent.')
        : element('strong', {class: 'fail'}, 'Not sent.'),
      taken ? ' See whether it has come.' : ` ${error}`)
    } catch (problem) {
      said.replaceChildren(element('strong', {class: 'fail'}, 'Not sent.'), ` ${problem.message}`)
    }
    button.removeAttribute('aria-disabled')
  })
}

function showSwitch(place) {
  const {teller} = bell
  const box = element('input', {type: 'checkbox', role: 'switch', id: 'tell-here', 'aria-describedby': 'tell-hint'})
  const hint = element('small', {id: 'tell-hint', role: 'status'})
  const show = (refused = '') => {
    const why = obstacle() || refused
    box.checked = teller.isWanted
    box.disabled = Boolean(obstacle())
    setText(hint, why || (box.checked ? 'As long as a page of this service is open in this browser.' : ''))
  }
  box.addEventListener('change', async () => {
    if (!box.checked) {
      teller.end()
      show()
      return
    }
    try {
      show(await teller.begin(await newest()))
    } catch (problem) {
      show(problem.message)
    }
  })
  place.append(element('h3', {}, 'In this browser'),
    element('label', {class: 'switch'}, box, 'Tell me in this browser when a run of mine ends or fails'), hint)
  place.hidden = false
  show()
}

async function newest() {
  const {items} = await ask(`${document.getElementById('bell').dataset.source}?limit=1`)
  return items[0]?.id ?? 0
}
