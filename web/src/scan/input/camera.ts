/** The camera: its picture in a video element, and the barcodes in it. */
import type { BarcodeDetector } from 'barcode-detector/ponyfill'

import { openDetector } from './detector.ts'
import { Sightings } from './sightings.ts'

export type CameraProblem = 'cameraDenied' | 'cameraMissing' | 'cameraFailed'

const EVERY_MS = 120

export interface OpenCamera {
  /** Switch its light; absent when it has none. */
  setLight: ((on: boolean) => Promise<void>) | undefined
  close: () => void
}

/** Show the camera in `video` and call `onCode` for each code that comes into view. Rejects with a CameraProblem. */
export async function openCamera(video: HTMLVideoElement, onCode: (code: string) => void): Promise<OpenCamera> {
  const stream = await theCamera()
  let detector: BarcodeDetector
  try {
    video.srcObject = stream
    ;[detector] = await Promise.all([openDetector(), video.play()])
  } catch {
    stop(stream)
    throw new CameraError('cameraFailed')
  }
  const sightings = new Sightings()
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false
  const look = async (): Promise<void> => {
    const found = await detector.detect(video).catch(() => [])
    if (closed) return
    for (const code of sightings.fresh(found.map((one) => one.rawValue), performance.now())) onCode(code)
    timer = setTimeout(() => void look(), EVERY_MS)
  }
  void look()
  const [track] = stream.getVideoTracks()
  const hasLight = track !== undefined && 'torch' in track.getCapabilities()
  return {
    setLight: hasLight
      ? (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
      : undefined,
    close: () => {
      closed = true
      clearTimeout(timer)
      stop(stream)
      video.srcObject = null
    },
  }
}

/** Why there is no camera. */
export class CameraError extends Error {
  readonly problem: CameraProblem

  constructor(problem: CameraProblem) {
    super(problem)
    this.problem = problem
  }
}

async function theCamera(): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw new CameraError('cameraMissing')
  try {
    return await devices.getUserMedia({
      audio: false,
      video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
    })
  } catch (error) {
    const denied = error instanceof DOMException && ['NotAllowedError', 'SecurityError'].includes(error.name)
    throw new CameraError(denied ? 'cameraDenied' : 'cameraMissing')
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}
