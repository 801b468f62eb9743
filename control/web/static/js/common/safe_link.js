// Links whose addresses somebody else has written: only http and https are followed.
import {element} from './dom.js'

/** The address, complete; null where it is no http(s) address. */
export function safeAddress(text) {
  if (typeof text !== 'string' || !text) return null
  try {
    const address = new URL(text, document.baseURI)
    return ['http:', 'https:'].includes(address.protocol) ? address.href : null
  } catch {
    return null
  }
}

/**
 * A link to a place that a run names.
 *
 * @param {string} address
 * @param {string} [text] what is read; else the address
 * @returns {HTMLAnchorElement|null} null where the address is none to follow
 */
export function external(address, text = '') {
  const href = safeAddress(address)
  if (!href) return null
  const isOurs = new URL(href).origin === location.origin
  return element('a', isOurs ? {href} : {href, rel: 'noopener noreferrer', target: '_blank'}, text || address)
}
