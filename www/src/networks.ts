import type { Ann, ConvertOptions, Quartic, Snn } from "quartic-snn";
import { fetchModel } from "./data";
import type { Settings } from "./parameters";

/** The two networks under comparison, converted again only where a setting concerns them. */
export class Networks {
  readonly #quartic: Quartic;
  readonly #calibration: Float32Array;
  readonly #models = new Map<Settings["model"], Promise<Ann>>();
  readonly #converted = new Map<string, { key: string; network: Snn }>();

  constructor(quartic: Quartic, calibration: Float32Array) {
    this.#quartic = quartic;
    this.#calibration = calibration;
  }

  /** Plain first. Networks given before may be closed by this. */
  async prepare(settings: Settings): Promise<[plain: Snn, l4: Snn]> {
    const ann = await this.#model(settings.model);
    const common = {
      steps: settings.steps,
      inputRate: settings.rate,
      floor: settings.floor === "none" ? null : Number(settings.floor),
      reset: settings.reset,
    };
    return [
      this.#convert(ann, settings.model, { ...common, adjustment: "none", base: settings.base, name: "plain" }),
      this.#convert(ann, settings.model, { ...common, adjustment: "l4", strength: settings.strength, name: "l4" }),
    ];
  }

  #model(name: Settings["model"]): Promise<Ann> {
    let model = this.#models.get(name);
    if (!model) {
      model = fetchModel(name).then((bytes) => this.#quartic.readModel(bytes));
      model.catch(() => this.#models.delete(name));
      this.#models.set(name, model);
    }
    return model;
  }

  #convert(ann: Ann, model: string, options: Omit<ConvertOptions, "calibration"> & { name: string }): Snn {
    const key = JSON.stringify([model, options]);
    const before = this.#converted.get(options.name);
    if (before?.key === key) return before.network;
    const network = this.#quartic.convert(ann, { ...options, calibration: this.#calibration });
    before?.network.close();
    this.#converted.set(options.name, { key, network });
    return network;
  }
}
