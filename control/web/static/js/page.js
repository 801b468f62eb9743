// What every page has: times in the reader's zone.
import {showAll} from './times.js'

showAll()
