// The page of a new run: the whole form, or the short one for a single sample.
import {ask} from '../common/api.js'
import {NewRunPage} from './new_run_page.js'
import * as place from '../common/place.js'

const find = (id) => document.getElementById(id)
const full = find('full')
const one = find('one-sample')
const isAsked = one.classList.contains('asked') // by the service: it has something to say there
let begun = null

function showWay() {
  const isOne = place.read('view') === 'one' || isAsked
  full.hidden = isOne
  one.classList.toggle('asked', isOne)
  for (const link of find('ways').querySelectorAll('a')) {
    if ((link.dataset.way === 'one') === isOne) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (!isOne) begun ??= begin()
}

async function begin() {
  const api = new URL('api/v1', document.baseURI).pathname
  try {
    const known = await ask(`${api}/analyses`)
    const first = await ask(`${api}/analyses/${encodeURIComponent(known.items[0].name)}`)
    const page = new NewRunPage(full, {api, known, first})
    await page.start()
    full.dataset.ready = 'yes'
  } catch (problem) {
    find('trouble').hidden = false
    find('trouble').textContent = `The form cannot be made: ${problem.message}`
    one.classList.add('asked') // which needs nothing of this
  }
}

for (const link of find('ways').querySelectorAll('a')) {
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || isAsked) return // a page of its own
    event.preventDefault()
    place.write({view: link.dataset.way}, {step: true})
    showWay()
  })
}
find('ways').hidden = false
place.onChange(showWay)
showWay()
