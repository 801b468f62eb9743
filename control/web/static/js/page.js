// What every page has: times in the reader's zone, and the account menu.
import {closeByItself} from './account_menu.js'
import {showAll} from './times.js'

showAll()
const menu = document.getElementById('account')
if (menu) closeByItself(menu)
