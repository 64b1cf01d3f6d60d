/** What the camera sees, while it looks for codes. */
import { useEffect, useRef, useState } from 'preact/hooks'

import { CameraError, openCamera, type CameraProblem, type OpenCamera } from '../input/camera.ts'
import { useTexts } from '../texts/texts.ts'

export function Camera({ onCode, onClose }: { onCode: (code: string) => void; onClose: () => void }) {
  const texts = useTexts()
  const video = useRef<HTMLVideoElement>(null)
  const [camera, setCamera] = useState<OpenCamera>()
  const [problem, setProblem] = useState<CameraProblem>()
  const [light, setLight] = useState(false)

  useEffect(() => {
    if (!video.current) return
    let ended = false
    let opened: OpenCamera | undefined
    openCamera(video.current, onCode).then(
      (now) => {
        opened = now
        if (ended) now.close()
        else setCamera(now)
      },
      (error: unknown) => setProblem(error instanceof CameraError ? error.problem : 'cameraFailed'),
    )
    // Nobody points a camera from another app's screen, and it would empty the battery.
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') onClose()
    }
    document.addEventListener('visibilitychange', hidden)
    return () => {
      ended = true
      opened?.close()
      document.removeEventListener('visibilitychange', hidden)
    }
  }, [onCode, onClose])

  if (problem) {
    return (
      <p class="message bad" role="alert">
        {texts[problem]}
      </p>
    )
  }
  return (
    <figure class="camera">
      <video ref={video} muted playsInline aria-label={texts.camera} data-ready={camera !== undefined} />
      <span class="frame" aria-hidden="true" />
      <figcaption>
        <span role="status">{texts.lookingFor}</span>
      </figcaption>
      {camera?.setLight && (
        <button
          type="button"
          class="button big"
          aria-pressed={light}
          onClick={() => {
            setLight(!light)
            void camera.setLight?.(!light)
          }}
        >
          {texts.light}
        </button>
      )}
    </figure>
  )
}
