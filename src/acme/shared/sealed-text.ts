/**
 * Texts that only those who know a passphrase can read or make: AES-256-GCM with a key that scrypt derives. What a text is
 * kept under is part of the seal, so none can be put in the place of another.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";

export class Seal {
  readonly #passphrase: string;
  /** One of its own for each process; what it has sealed is opened with its salt. */
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #keys = new Map<string, Promise<Buffer>>();

  constructor(passphrase: string) {
    this.#passphrase = passphrase;
  }

  async close(key: string, text: string): Promise<string> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", await this.#keyOf(this.#salt), nonce).setAAD(
      Buffer.from(key),
    );
    const content = Buffer.concat([cipher.update(text), cipher.final()]);
    return MARK + Buffer.concat([this.#salt, nonce, cipher.getAuthTag(), content]).toString("base64");
  }

  /** Null when it was not sealed with this passphrase, for this key. */
  async open(key: string, sealed: string): Promise<string | null> {
    if (!sealed.startsWith(MARK)) return null;
    const bytes = Buffer.from(sealed.slice(MARK.length), "base64");
    const [nonceAt, tagAt, contentAt] = [SALT_BYTES, SALT_BYTES + NONCE_BYTES, HEAD_BYTES];
    if (bytes.length < contentAt) return null;
    const nonce = bytes.subarray(nonceAt, tagAt);
    const derived = await this.#keyOf(bytes.subarray(0, nonceAt));
    try {
      const decipher = createDecipheriv("aes-256-gcm", derived, nonce)
        .setAAD(Buffer.from(key))
        .setAuthTag(bytes.subarray(tagAt, contentAt));
      return decipher.update(bytes.subarray(contentAt), undefined, "utf8") + decipher.final("utf8");
    } catch {
      return null;
    }
  }

  /** Not at once: others than those who know the passphrase may write, and must not keep this process from its work. */
  #keyOf(salt: Buffer): Promise<Buffer> {
    const name = salt.toString("hex");
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = derive(this.#passphrase, salt);
      // Whoever writes other salts on and on must not fill the memory.
      if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
      this.#keys.set(name, key);
    }
    return key;
  }
}

function derive(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

const MARK = "portward-sealed-1:";
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const HEAD_BYTES = SALT_BYTES + NONCE_BYTES + 16;
const MOST_KEYS = 200;
/** 16 MiB and some 50 ms. */
const SCRYPT = { N: 16_384, r: 8, p: 1 } as const;
