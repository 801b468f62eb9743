// What a bar of the timeline is, in words: beside it, and for screen readers.
import {element, nameOf, setText} from '../common/dom.js'
import {waitsFor} from '../run/cluster.js'
import {length, local} from '../common/times.js'

const LONGEST = 200

/** Lines that say what a bar is. */
export function lines(bar, now) {
  const {job, attempt, state, begin, start, end, message, externalId, node} = bar
  const time = (when) => local(new Date(when).toISOString())
  const seconds = (from, to) => length((to - from) / 1000)
  const tries = attempt > 1 || job.attempt > 1 ? `, try ${attempt}` : ''
  const waits = start === null ? seconds(begin, end ?? now) : start - begin >= 1000 ? seconds(begin, start) : ''
  const ran = start === null ? '' : `${end === null ? 'for' : 'took'} ${seconds(start, end ?? now)}, from ${time(start)}${end === null ? '' : ` to ${time(end)}`}`
  return [
    nameOf(job),
    `${state === 'retried' ? 'failed' : state}${tries}`,
    ran,
    waits && (start === null && end === null ? `has waited ${waits}` : `waited ${waits} before`),
    attempt === job.attempt && waitsFor(job),
    externalId && `job ${externalId} of the cluster${node ? `, on ${node}` : ''}`,
    message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message,
  ].filter(Boolean)
}

/** The same in one sentence. */
export function inWords(bar, now) {
  return lines(bar, now).join(', ')
}

export class TimelineTip {
  constructor() {
    this.root = element('div', {class: 'timeline-tip', hidden: true, 'aria-hidden': 'true'})
  }

  /** Show what `bar` is beside its `box`, within `frame`; null hides it. */
  show(bar, box, now, frame) {
    const {root} = this
    root.hidden = !bar
    if (!bar) return
    const [name, ...rest] = lines(bar, now)
    const text = rest.join('\n')
    if (root.firstChild?.textContent !== name) root.replaceChildren(element('strong', {}, name), element('span'))
    setText(root.lastChild, text)
    const [width, height] = [root.offsetWidth, root.offsetHeight]
    const room = frame.clientWidth
    const x = Math.min(Math.max(0, box.x + 8), Math.max(0, room - width - 4))
    const below = box.y + box.height + 6
    const y = below + height > frame.clientHeight && box.y - height - 6 > 0 ? box.y - height - 6 : below
    root.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`
  }
}
