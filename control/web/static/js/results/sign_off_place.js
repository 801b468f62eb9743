// Where the sign-off of a run's QC belongs among its results. Loaded is it only where there is QC.

/**
 * Put the sign-off into the panel of the QC view.
 *
 * @param {import('./results.js').Results} results
 * @param {HTMLElement} panel of the QC view
 * @returns {Promise<import('./qc_sign_off.js').QcSignOff|null>} null where the page has no place for it
 */
export async function beginSignOff(results, panel) {
  const section = document.getElementById('run-qc')
  if (!section) return null
  const {QcSignOff} = await import('./qc_sign_off.js')
  const made = new QcSignOff(section, {verdicts: `${results.told.links.self}/verdicts`})
  const isWanted = location.hash === '#qc' || section.querySelector('[role="alert"]') !== null
  made.moveTo(panel)
  if (isWanted) {
    results.open('qc')
    section.scrollIntoView()
  }
  await made.refresh()
  return made
}
