// States of jobs: their order in bars, and how they are called.

export const STATES = ['finished', 'running', 'submitted', 'selected', 'retried', 'failed', 'cancelled', 'waiting']

/** "12 finished, 2 running, 1 failed" */
export function inWords(counts) {
  return STATES.filter((state) => counts[state]).map((state) => `${counts[state]} ${state}`).join(', ')
}

/** How many jobs there are in all. */
export function total(counts) {
  return Object.values(counts).reduce((sum, number) => sum + number, 0)
}
