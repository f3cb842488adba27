// Safetensors files made up here.

/** A file with these tensors (`{ shape, values }`, 32-bit numbers) and these texts as metadata. */
export function safetensors(tensors, metadata = {}) {
  const header = { ["__metadata__"]: metadata };
  const parts = [];
  let end = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const start = end;
    end += values.byteLength;
    header[name] = { dtype: "F32", shape, ["data_offsets"]: [start, end] };
    parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return Uint8Array.from(Buffer.concat([length, json, ...parts]));
}
