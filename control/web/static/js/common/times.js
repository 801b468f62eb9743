// Times in the reader's zone, and lengths of time in words.

const DAY = new Intl.DateTimeFormat(undefined, {
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
})
const CLOCK = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit'})

/** `2026-11-21T22:10:05.123Z` where the reader is; with the day unless it is today. */
export function local(time) {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  return (date.toDateString() === new Date().toDateString() ? CLOCK : DAY).format(date)
}

/** `2026-11-21 22:10:05 UTC` */
export function utc(time) {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`
}

/** Let a `<time>` show a time in the reader's zone, and UTC on hover. */
export function show(node, time) {
  if (node.dateTime === time && node.title) return
  node.dateTime = time
  node.title = utc(time)
  node.textContent = local(time)
}

/** Let all times of the page be in the reader's zone. */
export function showAll(root = document) {
  for (const node of root.querySelectorAll('time[datetime]')) show(node, node.dateTime)
}

/** `1.5 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h` */
export function length(seconds) {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** Seconds between two times, the second now where it is not given. */
export function between(start, end) {
  return ((end ? Date.parse(end) : Date.now()) - Date.parse(start)) / 1000
}
