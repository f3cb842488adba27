import type { Ann, ConvertOptions, Quartic, Snn } from "quartic-snn";
import { type Conversion, optionsOf } from "../conversion";

/** One trained network and the two made of it, converted again only where a setting concerns them. */
export class Networks {
  readonly ann: Ann;
  readonly #quartic: Quartic;
  readonly #converted = new Map<string, { key: string; network: Snn }>();
  #calibration: Float32Array = new Float32Array();

  constructor(quartic: Quartic, ann: Ann) {
    this.#quartic = quartic;
    this.ann = ann;
  }

  /** Takes other inputs for calibration; both networks have to be converted again. */
  calibrate(inputs: Float32Array): void {
    this.#calibration = inputs;
    this.#closeConverted();
  }

  /** Plain first. Networks given before may be closed by this. */
  prepare(conversion: Conversion): [plain: Snn, l4: Snn] {
    const [plain, l4] = optionsOf(conversion);
    return [this.#convert({ ...plain, name: "plain" }), this.#convert({ ...l4, name: "l4" })];
  }

  close(): void {
    this.#closeConverted();
    this.ann.close();
  }

  #convert(options: Omit<ConvertOptions, "calibration"> & { name: string }): Snn {
    const key = JSON.stringify(options);
    const before = this.#converted.get(options.name);
    if (before?.key === key) return before.network;
    const network = this.#quartic.convert(this.ann, { ...options, calibration: this.#calibration });
    before?.network.close();
    this.#converted.set(options.name, { key, network });
    return network;
  }

  #closeConverted(): void {
    for (const { network } of this.#converted.values()) network.close();
    this.#converted.clear();
  }
}
