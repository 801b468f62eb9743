// The bell of every page: how many notifications are unread, asked for every now and then.
//
// Others hear of it by the event `plumbline-notifications` of the document: its detail is
// {unread, items}, the newest unread ones first. `plumbline-read` lets the bell look again.
import {ask} from '../common/api.js'
import {BrowserNotifications} from './browser_notifications.js'
import {counted, element, setText} from '../common/dom.js'

const VISIBLE_MS = 15_000
const HIDDEN_MS = 30_000
const SHOWN = 20

export class Bell {
  /** @param {HTMLElement} root with data-source, data-run, data-user, data-sign-in */
  constructor(root) {
    this.badge = root.querySelector('.bell-count')
    this.number = this.badge.firstElementChild
    this.signIn = root.dataset.signIn
    this.source = `${root.dataset.source}?unread_only=true&limit=${SHOWN}`
    this.known = Number(this.number.textContent)
    this.told = element('span', {class: 'unseen', role: 'status'})
    root.after(this.told)
    this.timer = null
    this.isOver = false
    const {user, run} = root.dataset
    this.teller = new BrowserNotifications({user, run, source: root.dataset.source})
  }

  start() {
    this.teller.onTurn(() => this.look())
    document.addEventListener('visibilitychange', () => this.look())
    document.addEventListener('plumbline-read', () => this.look())
    this.wait()
  }

  /** Ask now. */
  async look() {
    clearTimeout(this.timer)
    if (this.isOver || (document.hidden && !this.teller.isOurTurn)) return
    try {
      this.show(await ask(this.source))
    } catch (problem) {
      if (problem.status === 401) this.end()
    }
    this.wait()
  }

  /** The session is over: this page learns nothing any more, and nothing that it sends is taken. */
  end() {
    if (this.isOver) return
    this.isOver = true
    const onward = encodeURIComponent(location.pathname + location.search)
    document.querySelector('.frame').after(element('p', {class: 'signed-out', role: 'alert'},
      'You are not signed in any more. ', element('a', {href: `${this.signIn}?next=${onward}`}, 'Sign in')))
  }

  wait() {
    clearTimeout(this.timer)
    if (this.isOver || (document.hidden && !this.teller.isOurTurn)) return
    this.timer = setTimeout(() => this.look(), document.hidden ? HIDDEN_MS : VISIBLE_MS)
  }

  show({unread, items}) {
    setText(this.number, String(unread))
    this.badge.hidden = !unread
    if (unread > this.known) setText(this.told, `${counted(unread - this.known, 'new notification')}: ${items[0]?.title ?? ''}`)
    this.known = unread
    this.teller.tell(items)
    document.dispatchEvent(new CustomEvent('plumbline-notifications', {detail: {unread, items}}))
  }
}
