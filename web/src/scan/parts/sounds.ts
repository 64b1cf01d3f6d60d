/** Short tones that tell what became of a scan without looking: high is good, low and twice is not. */
export type Sound = 'applied' | 'recorded' | 'chosen' | 'doubt' | 'wrong'

interface Tone {
  hertz: number
  from: number
  until: number
  shape: OscillatorType
}

const TONES: Record<Sound, Tone[]> = {
  applied: [
    { hertz: 1320, from: 0, until: 0.07, shape: 'sine' },
    { hertz: 1760, from: 0.08, until: 0.17, shape: 'sine' },
  ],
  recorded: [{ hertz: 1320, from: 0, until: 0.08, shape: 'sine' }],
  chosen: [
    { hertz: 880, from: 0, until: 0.07, shape: 'sine' },
    { hertz: 1110, from: 0.08, until: 0.16, shape: 'sine' },
  ],
  doubt: [
    { hertz: 740, from: 0, until: 0.12, shape: 'triangle' },
    { hertz: 740, from: 0.18, until: 0.3, shape: 'triangle' },
  ],
  wrong: [
    { hertz: 220, from: 0, until: 0.18, shape: 'square' },
    { hertz: 165, from: 0.24, until: 0.5, shape: 'square' },
  ],
}
const BUZZES: Partial<Record<Sound, number[]>> = { recorded: [30], applied: [30], doubt: [60, 60, 60], wrong: [150, 80, 150] }
const LOUDNESS = 0.35
const KEY = 'backfill.scanner.sound'

let context: AudioContext | undefined

/** Whether the user wants to hear anything. */
export function soundIsOn(): boolean {
  return localStorage.getItem(KEY) !== 'off'
}

export function turnSound(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off')
}

/**
 * Play a sound, and shake the device where it can. Silent until the page was touched, as browsers demand.
 *
 * A device that can do neither scans all the same.
 */
export function play(sound: Sound): void {
  try {
    start(sound)
  } catch (error) {
    console.warn('A sound could not be played.', error)
  }
}

function start(sound: Sound): void {
  const pattern = BUZZES[sound]
  if (pattern && 'vibrate' in navigator && navigator.userActivation.hasBeenActive) navigator.vibrate(pattern)
  if (!soundIsOn() || typeof AudioContext === 'undefined') return
  context ??= new AudioContext()
  void context.resume()
  const now = context.currentTime
  for (const { hertz, from, until, shape } of TONES[sound]) {
    const oscillator = new OscillatorNode(context, { type: shape, frequency: hertz })
    const volume = new GainNode(context, { gain: 0 })
    // Without a slope at both ends, a tone clicks.
    volume.gain.setValueAtTime(0, now + from)
    volume.gain.linearRampToValueAtTime(shape === 'square' ? LOUDNESS / 2 : LOUDNESS, now + from + 0.01)
    volume.gain.setValueAtTime(shape === 'square' ? LOUDNESS / 2 : LOUDNESS, now + until - 0.02)
    volume.gain.linearRampToValueAtTime(0, now + until)
    oscillator.connect(volume).connect(context.destination)
    oscillator.start(now + from)
    oscillator.stop(now + until)
  }
}
