// Light or dark, as the reader's system says or as they chose here. No module: it runs before
// the page is shown, so that nothing flashes.
(() => {
  const KEY = 'plumbline-theme'
  const NEXT = {'': 'dark', dark: 'light', light: ''}
  const NAMES = {'': 'auto', dark: 'dark', light: 'light'}
  const root = document.documentElement

  const read = () => {
    try {
      const chosen = localStorage.getItem(KEY)
      return chosen in NAMES ? chosen : ''
    } catch {
      return '' // storage is not allowed: the choice lasts as long as the page
    }
  }
  const keep = (theme) => {
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // see above
    }
  }
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme
    else delete root.dataset.theme
  }
  apply(read())
  root.classList.add('scripted')

  addEventListener('DOMContentLoaded', () => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'theme'
    const say = () => {
      const name = NAMES[root.dataset.theme ?? '']
      button.textContent = `◐ ${name}`
      button.setAttribute('aria-label', `Colours: ${name}`)
      button.title = 'Colours: light, dark, or as the system has them'
    }
    button.addEventListener('click', () => {
      const theme = NEXT[root.dataset.theme ?? '']
      keep(theme)
      apply(theme)
      say()
    })
    say()
    document.querySelector('body > header').append(button)
  })
  addEventListener('storage', (event) => { if (event.key === KEY) apply(read()) })
})()
