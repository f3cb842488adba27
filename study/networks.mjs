// The bundled networks by their names, in the order in which they are told.

export const DENSE = ["mnist-mlp", "fashion-mlp", "mnist-mlp-small"];
export const CONVOLUTIONAL = ["mnist-cnn", "mnist-cnn-max", "fashion-cnn"];
export const NETWORKS = [...DENSE, ...CONVOLUTIONAL];
