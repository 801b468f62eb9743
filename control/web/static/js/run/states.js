// States of jobs: their order in bars, and how they are called.

export const STATES = ['finished', 'running', 'submitted', 'selected', 'retried', 'failed', 'cancelled', 'waiting']

/** "12 finished, 2 running, 1 failed"; what waits when all is over was not run. */
export function inWords(counts, isOver = false) {
  const word = (state) => (isOver && state === 'waiting' ? 'not run' : state)
  return STATES.filter((state) => counts[state]).map((state) => `${counts[state]} ${word(state)}`).join(', ')
}

/** "3 of 4", the ones that are done */
export function doneOf(counts) {
  const all = total(counts)
  return all ? `${counts.finished ?? 0} of ${all}` : 'no jobs'
}

/** How many jobs there are in all. */
export function total(counts) {
  return Object.values(counts).reduce((sum, number) => sum + number, 0)
}
