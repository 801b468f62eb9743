// Notifications of the browser: asked for by the reader, told by one page of this service alone.
//
// Of all open pages the one that holds a lock tells; when it is closed the next one does. How far
// was told is kept in the browser's storage, so that nothing is told twice.

const MOST = 3 // at once; more are told in one

/** Why this browser cannot tell anything; '' where it can. */
export function obstacle() {
  if (!isSecureContext) return 'Browsers allow this only where the address of the service begins with https, or is that of your own machine.'
  if (!('Notification' in window) || !navigator.locks) return 'This browser has no notifications.'
  if (Notification.permission === 'denied') return 'This browser does not allow them for this service: allow them beside its address, then load the page again.'
  return ''
}

export class BrowserNotifications {
  /** @param {{user: string, run: string, source: string}} options `run`: address of a run's page, with RUN for its id */
  constructor({user, run, source}) {
    this.key = `plumbline-tell ${source} ${user}`
    this.run = run
    this.release = null
    this.onOurTurn = () => {}
    addEventListener('storage', ({key}) => { if (key === this.key) this.queue() })
  }

  /** Call `hear` when this page becomes the one that tells. */
  onTurn(hear) {
    this.onOurTurn = hear
    this.queue()
  }

  get isWanted() {
    return this.last !== null && !obstacle() && Notification.permission === 'granted'
  }

  get isOurTurn() {
    return this.release !== null
  }

  /** The last one that was told; null where nothing is to be told. */
  get last() {
    try {
      const kept = localStorage.getItem(this.key)
      return kept === null ? null : Number(kept)
    } catch {
      return null
    }
  }

  set last(id) {
    if (id === null) localStorage.removeItem(this.key)
    else localStorage.setItem(this.key, String(id))
  }

  /**
   * Begin to tell; to be called by a click, since the browser asks the reader.
   *
   * @param {number} newest id of the newest notification there is: it is old news
   * @returns {Promise<string>} why it cannot be; '' where it can
   */
  async begin(newest) {
    if (await Notification.requestPermission() !== 'granted') return obstacle() || 'You were asked, and did not allow it.'
    try {
      this.greet()
      this.last = newest
    } catch { // phones show notifications of installed programs alone; storage may be forbidden
      return 'This browser shows no notifications of pages.'
    }
    this.queue()
    return ''
  }

  /** So that the reader sees that it works, and how it looks. */
  greet() {
    new Notification('Plumbline: notifications are on', {
      body: 'Here you hear when a run of yours ends or fails.', tag: `${this.key} on`,
    })
  }

  end() {
    this.last = null
    this.queue()
  }

  /** Tell what is new of these, the newest first; where it is another page's turn, nothing. */
  tell(items) {
    if (!this.isOurTurn || !this.isWanted) return
    const {last} = this
    const fresh = items.filter(({id}) => id > last)
    if (!fresh.length) return
    this.last = fresh[0].id
    for (const each of fresh.slice(0, MOST).reverse()) this.show(each, fresh.length)
  }

  /** Show one. Another job that a run gives up takes the place of the one before. */
  show({id, run_id: run, kind, title, body}, count) {
    const more = count > MOST ? `\n… and ${count - MOST} more` : ''
    const tag = kind === 'dead_letter' ? `${run} ${kind}` : id
    const shown = new Notification(title, {body: body + more, tag: `${this.key} ${tag}`})
    shown.onclick = () => {
      open(this.run.replace('RUN', run), '_blank', 'noopener')
      shown.close()
    }
  }

  /** Line up for the lock, or leave the line. */
  queue() {
    if (!this.isWanted) {
      this.release?.()
      this.waiting?.abort()
      this.release = this.waiting = null
      return
    }
    if (this.release || this.waiting) return
    this.waiting = new AbortController()
    navigator.locks.request(this.key, {signal: this.waiting.signal}, () => new Promise((resolve) => {
      this.release = resolve
      this.waiting = null
      this.onOurTurn()
    })).catch(() => {}) // it left the line
  }
}
