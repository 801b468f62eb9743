// What is filled in, kept in this tab of the browser: a page that is loaded again has it.

const KEY = 'plumbline-new-run'

export class Draft {
  /** @param {string} user whose it is: another user of this tab does not see it */
  constructor(user) {
    this.key = `${KEY}:${user}`
  }

  /** @returns {object|null} what was kept */
  read(which = '') {
    try {
      return JSON.parse(sessionStorage.getItem(this.key + which))
    } catch {
      return null // storage is not allowed, or something else wrote there
    }
  }

  /** @returns {boolean} whether it is kept: storage has an end */
  write(form, which = '') {
    try {
      sessionStorage.setItem(this.key + which, JSON.stringify(form))
      return true
    } catch {
      this.drop(which)
      return false
    }
  }

  /** Put what is there aside, so that something else can be begun; `takeBack` has it. */
  putAside() {
    const kept = this.read()
    if (kept) this.write(kept, ':before')
  }

  takeBack() {
    return this.read(':before')
  }

  drop(which = '') {
    try {
      sessionStorage.removeItem(this.key + which)
    } catch {
      // then there is nothing to drop
    }
  }
}
