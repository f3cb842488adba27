//! The rows: one for each demo model. A further model is a further row, here and in `models/data-sets.json`.

use crate::recipe::{Activation, Augment, LayerPlan, Recipe};

const fn hidden(outputs: usize) -> LayerPlan {
    LayerPlan::Dense { outputs, bias: false, activation: Activation::Relu }
}

const fn output(outputs: usize) -> LayerPlan {
    LayerPlan::Dense { outputs, bias: false, activation: Activation::Linear }
}

const fn conv(channels: usize, kernel: usize) -> LayerPlan {
    LayerPlan::Conv2d { channels, kernel, padding: 0, bias: false, activation: Activation::Relu }
}

/// A convolution without activation, for a batch normalisation after it.
const fn sums(channels: usize, kernel: usize) -> LayerPlan {
    LayerPlan::Conv2d { channels, kernel, padding: 0, bias: false, activation: Activation::Linear }
}

const NORM: LayerPlan = LayerPlan::BatchNorm { activation: Activation::Relu };
const HALF: LayerPlan = LayerPlan::AvgPool2d { size: 2 };
const LARGEST: LayerPlan = LayerPlan::MaxPool2d { size: 2 };
const FLATTEN: LayerPlan = LayerPlan::Flatten;

pub(crate) const RECIPES: &[Recipe] = &[
    Recipe {
        name: "mnist-mlp",
        input_shape: &[784],
        layers: &[hidden(512), hidden(512), output(10)],
        seed: 1,
        epochs: 30,
        batch: 256,
        learning_rate: 1e-3,
        weight_decay: 0.01,
        label_smoothing: 0.0,
        input_dropout: 0.0,
        hidden_dropout: 0.1,
        augment: Augment { shift: 1, rotation: 10.0, zoom: 0.1, mirror: false },
        choice: "Chosen by validation accuracy after 30 epochs with seed 1: hidden dropout 0.1 with shifts of 1 pixel 99.26 %,\n\
                 0.2 with 1 pixel 99.18 %, 0.2 with 2 pixels 99.04 %, none with 2 pixels 99.18 %. One standard error is 0.13\n\
                 points: these differences are small. The test digits were first looked at when the recipe was fixed, by the importer\n\
                 of this repository on the file of an identical run: 99.18 %.",
    },
    Recipe {
        name: "mnist-mlp-small",
        input_shape: &[784],
        layers: &[hidden(128), output(10)],
        seed: 1,
        epochs: 40,
        batch: 256,
        learning_rate: 2e-3,
        weight_decay: 0.01,
        label_smoothing: 0.0,
        input_dropout: 0.0,
        hidden_dropout: 0.0,
        augment: Augment { shift: 1, rotation: 10.0, zoom: 0.1, mirror: false },
        choice: "Chosen by validation accuracy after 40 epochs with seed 1: this recipe 98.86 %, with shifts of 2 pixels 98.72 %, with\n\
                 5 degrees and 5 % of size 98.74 %, with shifts alone 98.54 %, with label smoothing 0.05 98.90 %, with hidden dropout\n\
                 0.1 98.82 %, with learning rate 0.004 98.86 %, with weight decay 0.1 98.76 %. One standard error is 0.15 points, so\n\
                 the plainest of the good ones was taken. The test digits were first looked at when the recipe was fixed, by the\n\
                 importer of this repository on the file of an identical run: 98.89 %.",
    },
    Recipe {
        name: "mnist-cnn",
        input_shape: &[1, 28, 28],
        layers: &[conv(16, 5), HALF, conv(32, 5), HALF, FLATTEN, hidden(128), output(10)],
        seed: 1,
        epochs: 15,
        batch: 128,
        learning_rate: 2e-3,
        weight_decay: 0.01,
        label_smoothing: 0.0,
        input_dropout: 0.0,
        hidden_dropout: 0.2,
        augment: Augment { shift: 1, rotation: 10.0, zoom: 0.1, mirror: false },
        choice: "The first recipe tried, with 99.52 % of the validation digits right after 15 epochs with seed 1; nothing was changed\n\
                 afterwards.",
    },
    Recipe {
        name: "mnist-cnn-max",
        input_shape: &[1, 28, 28],
        layers: &[conv(16, 5), LARGEST, conv(32, 5), LARGEST, FLATTEN, hidden(128), output(10)],
        seed: 1,
        epochs: 10,
        batch: 128,
        learning_rate: 2e-3,
        weight_decay: 0.01,
        label_smoothing: 0.0,
        input_dropout: 0.0,
        hidden_dropout: 0.2,
        augment: Augment { shift: 1, rotation: 10.0, zoom: 0.1, mirror: false },
        choice: "Like mnist-cnn, with max pooling and fewer epochs, to measure what max pooling costs in spikes. No other recipe was\n\
                 tried.",
    },
    Recipe {
        name: "fashion-mlp",
        input_shape: &[784],
        layers: &[hidden(512), hidden(512), output(10)],
        seed: 1,
        epochs: 30,
        batch: 256,
        learning_rate: 1e-3,
        weight_decay: 0.01,
        label_smoothing: 0.0,
        input_dropout: 0.0,
        hidden_dropout: 0.2,
        augment: Augment { shift: 0, rotation: 0.0, zoom: 0.0, mirror: true },
        choice: "Chosen by validation accuracy after 30 epochs with seed 1: copies mirrored at random and otherwise unchanged 90.68 %,\n\
                 also with rotations of 3 degrees and 5 % of size 90.40 %, also with shifts of 1 pixel 89.48 %; otherwise unchanged,\n\
                 with hidden dropout 0.3 and weight decay 0.1, 90.22 %. One standard error is 0.42 points. These trials held back the\n\
                 first 1,000 images of each class instead of the last.",
    },
    Recipe {
        name: "fashion-cnn",
        input_shape: &[1, 28, 28],
        layers: &[sums(16, 5), NORM, HALF, sums(32, 5), NORM, HALF, FLATTEN, hidden(128), output(10)],
        seed: 1,
        epochs: 20,
        batch: 128,
        learning_rate: 2e-3,
        weight_decay: 0.01,
        label_smoothing: 0.0,
        input_dropout: 0.0,
        hidden_dropout: 0.2,
        augment: Augment { shift: 0, rotation: 0.0, zoom: 0.0, mirror: true },
        choice: "The layers of mnist-cnn, with batch normalisation. Copies are mirrored but not shifted, since shifts cost the dense\n\
                 network for the same task more than they gained. The first recipe tried; nothing was changed afterwards.",
    },
];
