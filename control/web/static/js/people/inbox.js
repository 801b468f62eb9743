// The inbox: what was opened or marked is read, in place; what is new is told.
import {counted, element} from '../common/dom.js'

const list = document.querySelector('.inbox')
const news = document.getElementById('inbox-news')
const newest = Number(list?.firstElementChild.dataset.id ?? 0)

if (list) {
  list.addEventListener('submit', (event) => {
    event.preventDefault()
    mark(event.target.closest('li'))
  })
  list.addEventListener('click', ({target}) => {
    const line = target.closest('li.unread')
    if (line && target.closest('a')) read(line)
  })
  list.addEventListener('auxclick', ({target, button}) => {
    const line = target.closest('li.unread')
    if (line && button === 1 && target.closest('a')) mark(line)
  })
}
document.addEventListener('plumbline-notifications', ({detail: {items}}) => {
  const count = items.filter(({id}) => id > newest).length
  const isShown = news.firstElementChild?.dataset.count === String(count)
  if (!count || isShown || new URLSearchParams(location.search).has('before')) return
  news.replaceChildren(element('a', {class: 'button', href: location.href, 'data-count': count},
    `${counted(count, 'new notification')}: show`))
})

/** Note it, also while the page is being left. */
function read(line) {
  return fetch(list.dataset.read, {
    method: 'POST',
    keepalive: true,
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({ids: [Number(line.dataset.id)]}),
  })
}

async function mark(line) {
  const answer = await read(line).catch(() => null)
  if (!answer?.ok) return
  line.classList.remove('unread')
  line.querySelector('.new')?.remove()
  const form = line.querySelector('form')
  const hadFocus = form?.contains(document.activeElement)
  form?.remove()
  if (hadFocus) (list.querySelector('li.unread button') ?? line.querySelector('a')).focus()
  document.dispatchEvent(new CustomEvent('plumbline-read'))
}
