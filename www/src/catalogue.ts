// The trained networks that the page brings along: whatever lies in models/ when it is built and has samples here.

import trainedOn from "../../models/data-sets.json";
import { dataSets } from "./data";

interface Offer {
  id: string;
  title: string;
  url: string;
  dataSet: string;
}

/** What a network is, for those who choose one; the name of a file that is not listed has to do. */
const titles: Record<string, string> = {
  "mnist-mlp": "Digits: 512 + 512 hidden neurons",
  "mnist-mlp-small": "Digits: 128 hidden neurons",
  "mnist-cnn": "Digits: convolutions",
  "mnist-cnn-max": "Digits: convolutions, max pooling",
  "fashion-mlp": "Clothes: hidden layers",
  "fashion-cnn": "Clothes: convolutions",
};

const order = Object.keys(titles);
const place = ({ id }: Offer) => (order.includes(id) ? order.indexOf(id) : order.length);

const files = import.meta.glob<string>("../../models/*.safetensors", { eager: true, query: "?url", import: "default" });

export const catalogue: readonly Offer[] = Object.entries(files)
  .flatMap(([path, url]) => {
    const id = path.slice(path.lastIndexOf("/") + 1, -".safetensors".length);
    const dataSet = (trainedOn as Record<string, string>)[id] ?? "";
    return dataSets.has(dataSet) ? [{ id, title: titles[id] ?? id, url, dataSet }] : [];
  })
  .sort((a, b) => place(a) - place(b));
