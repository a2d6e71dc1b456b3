/** Records from the microphone. */

import { ArrangeError } from "../arranger";

export class Recorder {
  private recorder: MediaRecorder | null = null;
  private pieces: Blob[] = [];

  /** Ask for the microphone and begin. Rejects with an ArrangeError where there is none or it is not allowed. */
  async start(): Promise<void> {
    const stream = await microphone();
    this.pieces = [];
    this.recorder = new MediaRecorder(stream);
    this.recorder.ondataavailable = ({ data }) => this.pieces.push(data);
    this.recorder.start(1000);
  }

  /** End, and give what was recorded. */
  stop(): Promise<Blob> {
    const { recorder } = this;
    if (!recorder) return Promise.resolve(new Blob());
    return new Promise((resolve) => {
      recorder.onstop = () => {
        for (const track of recorder.stream.getTracks()) track.stop();
        this.recorder = null;
        resolve(new Blob(this.pieces, { type: recorder.mimeType }));
      };
      recorder.stop();
    });
  }
}

async function microphone(): Promise<MediaStream> {
  if (!navigator.mediaDevices) {
    throw new ArrangeError("no_microphone", "This browser records only on pages that come by https or from this computer.");
  }
  try {
    // What makes speech clear makes music thin.
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (error) {
    const denied = error instanceof DOMException && error.name === "NotAllowedError";
    const line = denied ? "The microphone is not allowed: allow it for this page, then record again." : "No microphone was found.";
    throw new ArrangeError("no_microphone", line, { cause: error });
  }
}
