// Where the reader is on a page, kept in its address, so that a link leads to the same view.
//
//   const rule = place.read('rule')           what the address says, '' where it says nothing
//   place.write({rule: 'align', job: ''})     '' takes it out of the address
//   place.onChange(() => …)                   the reader went back or forward
//
// Choices that one may want to undo by the browser's Back are written with {step: true}.

/** @returns {string} what the address says of `name` */
export function read(name, otherwise = '') {
  return new URLSearchParams(location.search).get(name) ?? otherwise
}

/** @returns {string[]} all that the address says of `name` */
export function readAll(name) {
  return new URLSearchParams(location.search).getAll(name).filter(Boolean)
}

/** @param {Object<string, string|string[]>} changes name → value, or values */
export function write(changes, {step = false} = {}) {
  const now = new URL(location.href)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '' || value === null || value === undefined) now.searchParams.delete(name)
    else if (Array.isArray(value)) {
      now.searchParams.delete(name)
      for (const each of value) now.searchParams.append(name, each)
    } else now.searchParams.set(name, value)
  }
  if (now.href === location.href) return
  history[step ? 'pushState' : 'replaceState'](null, '', now)
}

/**
 * Go to another place of this page, as its address has it: those who hear of changes show it, and
 * by the event's `state.led` they know that the reader wants to see what these names are of.
 */
export function go(changes) {
  write(changes, {step: true})
  const led = Object.keys(changes).filter((name) => changes[name] !== '')
  dispatchEvent(new PopStateEvent('popstate', {state: {led}}))
}

/** @returns {Object<string, string>} changes that take all names of `prefix` out of the address */
export function cleared(prefix) {
  const names = [...new URLSearchParams(location.search).keys()]
  return Object.fromEntries(names.filter((name) => name.startsWith(`${prefix}.`)).map((name) => [name, '']))
}

/** @param {(event: PopStateEvent) => void} hear called when the address has become another one */
export function onChange(hear) {
  addEventListener('popstate', hear)
}
