// What this browser knows of its unfinished uploads: how their files begin. So a file that is
// chosen again after a reload is known, and another one of the same name is not taken for it.
import {Sha256} from './sha256.js'

const KEY = 'plumbline.uploads'
const HEAD = 1 << 20

/** What a file is known by: the checksum of its first megabyte. */
export async function headOf(file) {
  return new Sha256().update(new Uint8Array(await file.slice(0, HEAD).arrayBuffer())).hex()
}

/** Note how the file of an upload begins. */
export function remember(id, head) {
  write({...read(), [id]: head})
}

/** @returns {string} '' where nothing is known of it */
export function headFor(id) {
  return read()[id] ?? ''
}

/** Forget all uploads but these. */
export function keepOnly(ids) {
  const known = read()
  const kept = Object.fromEntries(Object.entries(known).filter(([id]) => ids.has(id)))
  if (Object.keys(kept).length < Object.keys(known).length) write(kept)
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {}
  } catch {
    return {} // no storage, or somebody else's
  }
}

function write(known) {
  try {
    localStorage.setItem(KEY, JSON.stringify(known))
  } catch {
    // then the checksum of the whole file tells in the end
  }
}
