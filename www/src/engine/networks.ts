import type { Ann, ConvertOptions, Quartic, Snn } from "quartic-snn";
import { type Conversion, optionsOf } from "../conversion";

type Options = Omit<ConvertOptions, "calibration"> & { name: string };

const NAMES = ["plain", "l4"] as const;

/** One trained network and the two made of it, converted again only where a setting concerns them. */
export class Networks {
  readonly ann: Ann;
  readonly #quartic: Quartic;
  readonly #converted = new Map<string, { key: string; network: Snn }>();
  readonly #closed = new AbortController();
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
    return this.prepareAs(optionsOf(conversion));
  }

  /** The same with options of their own. */
  prepareAs([plain, l4]: ReturnType<typeof optionsOf>): [plain: Snn, l4: Snn] {
    return [this.#convert({ ...plain, name: NAMES[0] }), this.#convert({ ...l4, name: NAMES[1] })];
  }

  /** The same in slices; `tell` hears which share is done. */
  async convert(conversion: Conversion, tell: (share: number) => void): Promise<[plain: Snn, l4: Snn]> {
    const pair = optionsOf(conversion);
    const { signal } = this.#closed;
    for (const [index, name] of NAMES.entries()) {
      const options = { ...pair[index], name };
      const onProgress = ({ done, total }: { done: number; total: number }) => tell((index + done / total) / 2);
      const calibration = this.#calibration;
      const network = await this.#quartic.convertAsync(this.ann, { ...options, calibration, signal, onProgress });
      this.#keep(options, network);
    }
    return this.prepare(conversion);
  }

  close(): void {
    this.#closed.abort();
    this.#closeConverted();
    this.ann.close();
  }

  #convert(options: Options): Snn {
    const before = this.#converted.get(options.name);
    if (before?.key === JSON.stringify(options)) return before.network;
    return this.#keep(options, this.#quartic.convert(this.ann, { ...options, calibration: this.#calibration }));
  }

  #keep(options: Options, network: Snn): Snn {
    this.#converted.get(options.name)?.network.close();
    this.#converted.set(options.name, { key: JSON.stringify(options), network });
    return network;
  }

  #closeConverted(): void {
    for (const { network } of this.#converted.values()) network.close();
    this.#converted.clear();
  }
}
