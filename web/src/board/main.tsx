import '../design/tokens.css'
import '../design/base.css'
import '../design/controls.css'
import '../design/theme.ts'
import './board.css'

import { render } from 'preact'

import { Board } from './board.tsx'

const place = document.getElementById('app')
if (place) render(<Board />, place)
