/** What the peer has told us of itself (RFC 9113 section 6.5.2). */
import type { H2Fault } from "./fault.ts";
import {
  DEFAULT_WINDOW_BYTES,
  MAX_MAX_FRAME_BYTES,
  MAX_WINDOW_BYTES,
  MIN_MAX_FRAME_BYTES,
  SETTING,
} from "./frame.ts";
import { readUint32 } from "./frame-input.ts";

export class PeerSettings {
  headerTableBytes = 4_096;
  pushEnabled = true;
  maxConcurrentStreams: number = Number.POSITIVE_INFINITY;
  initialWindowBytes: number = DEFAULT_WINDOW_BYTES;
  maxFrameBytes: number = MIN_MAX_FRAME_BYTES;
  maxHeaderListBytes: number = Number.POSITIVE_INFINITY;
  /** RFC 8441: the peer takes extended CONNECT. */
  extendedConnect = false;

  /** Takes the six bytes of one setting; unknown ones are ignored. */
  take(bytes: Buffer, at: number, peerIsServer: boolean): H2Fault | null {
    const value = readUint32(bytes, at + 2);
    switch ((bytes[at]! << 8) | bytes[at + 1]!) {
      case SETTING.headerTableSize:
        this.headerTableBytes = value;
        return null;
      case SETTING.enablePush:
        this.pushEnabled = value === 1;
        return value > 1 || (value === 1 && peerIsServer) ? "settingValue" : null;
      case SETTING.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return null;
      case SETTING.initialWindowSize:
        this.initialWindowBytes = value;
        return value > MAX_WINDOW_BYTES ? "initialWindow" : null;
      case SETTING.maxFrameSize:
        this.maxFrameBytes = value;
        return value < MIN_MAX_FRAME_BYTES || value > MAX_MAX_FRAME_BYTES ? "settingValue" : null;
      case SETTING.maxHeaderListSize:
        this.maxHeaderListBytes = value;
        return null;
      case SETTING.enableConnectProtocol:
        return this.#takeExtendedConnect(value);
      case SETTING.noRfc7540Priorities:
        return value > 1 ? "settingValue" : null;
      default:
        return null;
    }
  }

  /** RFC 8441 section 3: 0 or 1, and once 1 for ever. */
  #takeExtendedConnect(value: number): H2Fault | null {
    if (value > 1 || (this.extendedConnect && value === 0)) return "settingValue";
    this.extendedConnect = value === 1;
    return null;
  }
}
