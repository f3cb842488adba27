/** There was no answer, as without a connection. */
export class Unreachable extends Error {}

const nameOf = (url: string) => url.split("/").at(-1);

export async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch(() => {
    throw new Unreachable(`${nameOf(url)} could not be loaded. Are you online?`);
  });
  if (!response.ok) throw new Error(`${nameOf(url)} could not be fetched: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Bytes as intensities from 0 to 1. A loop: there are a million of them while the page is loaded. */
export function intensities(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) values[index] = (bytes[index] ?? 0) / 255;
  return values;
}

/** Gzipped bytes, unpacked, if they are `right`: a network may answer with a page of its own. */
export async function fetchUnpacked(url: string, right: (bytes: Uint8Array) => boolean): Promise<Uint8Array> {
  const bytes = await gunzip(await fetchBytes(url));
  if (!right(bytes)) throw new Unreachable(`${nameOf(url)} could not be loaded. Are you online?`);
  return bytes;
}

/** Unpacks what is packed; some servers have made the browser do it already. */
async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
