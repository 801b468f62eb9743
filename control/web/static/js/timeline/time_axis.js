// The marks of a time axis, at round times of the reader's zone. Pure.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [
  10, 20, 50, 100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY,
]
const MINUTES = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit'})
const SECONDS = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit'})
const FINER = new Intl.DateTimeFormat(undefined, {
  minute: '2-digit', second: '2-digit', fractionalSecondDigits: 2,
})
const DATE = new Intl.DateTimeFormat(undefined, {month: 'short', day: 'numeric'})

/**
 * Round times between two.
 *
 * @param {number} from milliseconds since 1970
 * @param {number} to
 * @param {number} most how many there may be
 * @returns {{time: number, text: string}[]} the first one, and the first of a day, with its date where
 *   the axis goes beyond a day
 */
export function ticks(from, to, most) {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? Math.ceil((to - from) / most / DAY) * DAY
  const found = []
  // a day has not always 24 hours: from each mark the next one is looked for
  const zone = (time) => new Date(time).getTimezoneOffset() * MINUTE
  let time = Math.ceil((from - zone(from)) / step) * step + zone(from)
  while (time <= to && found.length <= 2 * most) {
    found.push({time, text: textOf(time, step)})
    const next = time + step
    time = step >= HOUR ? next + zone(next) - zone(time) : next
  }
  return found
}

function textOf(time, step) {
  const date = new Date(time)
  const isMidnight = !date.getHours() && !date.getMinutes() && !date.getSeconds()
  if (step >= DAY || (step >= MINUTE && isMidnight)) return DATE.format(date)
  if (step >= MINUTE) return MINUTES.format(date)
  return (step >= SECOND ? SECONDS : FINER).format(date)
}
