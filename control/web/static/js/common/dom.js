// Elements, made without HTML: whatever a run says is text.

/**
 * An element.
 *
 * @param {string} name
 * @param {object} properties attributes; `class`; `on`: {event: listener}; null and false leave
 *   an attribute out
 * @param {...(Node|string|null)} children
 */
export function element(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children)
}

/** The same for SVG. */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), properties, children)
}

function fill(made, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'on') for (const [event, heard] of Object.entries(value)) made.addEventListener(event, heard)
    else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? '' : value)
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

/** Set a text only where it is another one: what somebody has marked stays marked. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/** "sample=A lane=2" */
export function wildcardText(wildcards) {
  return Object.entries(wildcards ?? {}).map(([name, value]) => `${name}=${value}`).join(' ')
}

/** How a job is called: "align sample=A lane=2" */
export function nameOf({rule, wildcards, jobid}) {
  return `${rule || `job ${jobid}`} ${wildcardText(wildcards)}`.trim()
}

/** "1 job", "2 jobs" */
export function counted(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}

/** Call `work` soon, however often it is asked for: at most once in `milliseconds`. */
export function seldom(work, milliseconds) {
  let timer = null
  let last = -Infinity
  return () => {
    if (timer !== null) return
    timer = setTimeout(() => {
      timer = null
      last = performance.now()
      work()
    }, Math.max(0, last + milliseconds - performance.now()))
  }
}
