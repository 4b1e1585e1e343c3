// SHA-256 (FIPS 180-4) of bytes that come piece by piece, which the browser's own cannot do.
//
// The text of the class is made here and runs in the worker: with its 64 rounds one after the other, and
// all words in variables, it is twice as fast as with loops and arrays.

const sha256Source = () => {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  // The first 32 bits of the fraction of a root: of a cube of 53 bits or a square, exactly.
  const fraction = (n, power) => {
    let root = 0n;
    const wanted = BigInt(n) << BigInt(32 * power);
    for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((root + bit) ** BigInt(power) <= wanted) root += bit;
    return Number(BigInt.asIntN(32, root));
  };
  const turned = (word, by) => `(${word} >>> ${by} | ${word} << ${32 - by})`;
  const rounds = [];
  let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  for (let i = 0; i < 64; i++) {
    const w = (back) => `w${(i - back) & 15}`;
    if (i >= 16) {
      const s0 = `${turned(w(15), 7)} ^ ${turned(w(15), 18)} ^ ${w(15)} >>> 3`;
      const s1 = `${turned(w(2), 17)} ^ ${turned(w(2), 19)} ^ ${w(2)} >>> 10`;
      rounds.push(`${w(0)} = (${w(0)} + (${s0}) + ${w(7)} + (${s1})) | 0;`);
    }
    const [a, b, c, d, e, f, g, h] = names;
    const s1 = `${turned(e, 6)} ^ ${turned(e, 11)} ^ ${turned(e, 25)}`;
    const s0 = `${turned(a, 2)} ^ ${turned(a, 13)} ^ ${turned(a, 22)}`;
    const choice = `(${g} ^ ${e} & (${f} ^ ${g}))`;
    const majority = `(${a} & ${b} | ${c} & (${a} | ${b}))`;
    rounds.push(`${h} = (${h} + (${s1}) + ${choice} + (${fraction(primes[i], 3)}) + w${i & 15}) | 0;`);
    rounds.push(`${d} = (${d} + ${h}) | 0; ${h} = (${h} + (${s0}) + ${majority}) | 0;`);
    names = [h, a, b, c, d, e, f, g];
  }
  const each = (list, text) => list.map(text).join(" ");
  const numbers = [...Array(16).keys()];
  return `
class Sha256 {
  state = Int32Array.of(${primes.slice(0, 8).map((prime) => fraction(prime, 2))});
  rest = new Uint8Array(64); // the beginning of a block
  held = 0; // its bytes
  length = 0; // bytes in all; exact up to 2^53

  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    if (this.held > 0) {
      at = Math.min(64 - this.held, bytes.length);
      this.rest.set(bytes.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return;
      this.blocks(this.rest, 0, 64);
      this.held = 0;
    }
    const end = bytes.length - (bytes.length - at) % 64;
    this.blocks(bytes, at, end);
    this.rest.set(bytes.subarray(end));
    this.held = bytes.length - end;
  }

  // The digest in small hex digits. Nothing can be added afterwards.
  hex() {
    const length = this.length;
    const padding = new Uint8Array((this.held < 56 ? 56 : 120) - this.held + 8);
    padding[0] = 0x80;
    const bits = new DataView(padding.buffer, padding.length - 8);
    bits.setUint32(0, Math.floor(length / 0x20000000));
    bits.setUint32(4, (length % 0x20000000) * 8);
    this.update(padding);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  blocks(bytes, from, to) {
    const state = this.state;
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = from; at < to; at += 64) {
      ${each(numbers, (i) => `let w${i} = words.getInt32(at + ${4 * i});`)}
      ${each(numbers.slice(0, 8), (i) => `let ${names[i]} = state[${i}];`)}
      ${rounds.join("\n      ")}
      ${each(numbers.slice(0, 8), (i) => `state[${i}] += ${names[i]};`)}
    }
  }
}`;
};
