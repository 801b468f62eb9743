// How serious a line of a log is, by how it begins: as control/events/log_levels.py guesses it.

export const LEVELS = ['debug', 'info', 'success', 'warning', 'error']

const WORDS = {
  DEBUG: 'debug', TRACE: 'debug', INFO: 'info', NOTE: 'info', NOTICE: 'info', SUCCESS: 'success',
  WARN: 'warning', WARNING: 'warning', ERROR: 'error', FATAL: 'error', CRITICAL: 'error', SEVERE: 'error',
}
const LETTERS = {E: 'error', W: 'warning', M: 'info', D: 'debug'}
const NAMES = Object.keys(WORDS).join('|')
const HEADING = new RegExp(`^\\s*(${NAMES})(?::|\\s*\\]|\\s+messages?:|\\s+in\\s)`, 'i')
const HTSLIB = /^\s*\[([EWMD])::/
const TRACE = /^(?:[\w.]*(?:Error|Exception):\s|Traceback \(most|Exception in thread|Execution halted)/
const FIELD = new RegExp(`(?:^\\s*|[\\]:|>(\\[<-]\\s*|[:.,]\\d\\d+Z?\\s+)(${NAMES})(?=[\\s\\]:|>),-]|$)`)
const LOOKED_AT = 100 // characters; a level stands at the beginning

/** `debug`, `info`, `success`, `warning` or `error`; info where nothing says. */
export function levelOf(line) {
  const begin = line.slice(0, LOOKED_AT)
  const heading = HEADING.exec(begin)
  if (heading) return WORDS[heading[1].toUpperCase()]
  const letter = HTSLIB.exec(begin)
  if (letter) return LETTERS[letter[1]]
  if (TRACE.test(begin)) return 'error'
  if (begin.startsWith('{"error_class"')) return 'error' // the last words of our own tools
  const field = FIELD.exec(begin)
  return field ? WORDS[field[1]] : 'info'
}
