// The worker: reads a file in slices and computes its SHA-256. Its text is put together with that of the class.

const workerSource = () => `${sha256Source()}
const SLICE = 4 << 20;
onmessage = async ({ data: file }) => {
  try {
    const digest = new Sha256();
    const read = (at) => at < file.size ? file.slice(at, at + SLICE).arrayBuffer() : null;
    let next = read(0);
    for (let at = 0; at < file.size; at += SLICE) {
      const bytes = new Uint8Array(await next);
      next = read(at + SLICE); // is read while this one is digested
      digest.update(bytes);
      postMessage({ read: Math.min(at + SLICE, file.size) });
    }
    postMessage({ digest: digest.hex() });
  } catch (error) {
    postMessage({ failed: String(error && error.message || error) });
  }
};`;
