// Files that the page gives away.

/** Pictures are this many times as fine as a screen. */
const FINENESS = 2;

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

export const saveText = (name: string, type: string, text: string) => save(name, new Blob([text], { type }));

/** A picture as a file, as it is or in pixels. */
export async function savePicture(name: string, svg: string, form: "svg" | "png"): Promise<void> {
  const blob = new Blob([svg], { type: "image/svg+xml" });
  save(`${name}.${form}`, form === "svg" ? blob : await pixelsOf(blob));
}

async function pixelsOf(svg: Blob): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * FINENESS;
    canvas.height = image.naturalHeight * FINENESS;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large")))),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
