import '../design/tokens.css'
import '../design/base.css'
import '../design/controls.css'
import '../design/theme.ts'
import './scan.css'

import { render } from 'preact'

import { register } from './offline/register.ts'
import { Scanner } from './scanner.tsx'

const place = document.getElementById('app')
if (place) render(<Scanner />, place)
void register()
