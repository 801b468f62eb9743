// Vega, loaded when the first chart is to be drawn, and then once.

const loading = new Map()

/**
 * @param {string} address of the script, as the list of views tells it
 * @returns {Promise<{vegaEmbed: Function, vega: object}>}
 */
export function load(address) {
  if (!loading.has(address)) {
    const library = import(address).then(() => globalThis.plumblineCharts)
    library.catch(() => loading.delete(address)) // so that one can try again
    loading.set(address, library)
  }
  return loading.get(address)
}
