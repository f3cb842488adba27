//! The recipes: one row of plain data per demo model. A further model is a further row.

use serde::{Deserialize, Serialize};

/// What follows the weighted sum of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Activation {
    Relu,
    Linear,
}

/// A layer as a recipe describes it; its number of inputs follows from the layer before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LayerPlan {
    Dense { outputs: usize, bias: bool, activation: Activation },
}

/// Random changes of the training digits, drawn anew each time a digit is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Augment {
    /// Largest shift in whole pixels, in either direction of both axes.
    pub(crate) shift: i32,
    /// Largest rotation in degrees, either way. 0 leaves the pixels unsampled.
    pub(crate) rotation: f32,
    /// Largest relative change of size, up or down. 0 leaves the pixels unsampled.
    pub(crate) zoom: f32,
}

/// Everything that decides the weights of a model, apart from the data.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    pub(crate) input_shape: &'static [usize],
    pub(crate) layers: &'static [LayerPlan],
    pub(crate) seed: u64,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    /// Peak of the learning rate, reached after the first epoch; it then falls to 0 along a half cosine.
    pub(crate) learning_rate: f64,
    /// Decoupled weight decay of `AdamW`.
    pub(crate) weight_decay: f64,
    /// Share of each target that is spread evenly over the classes.
    pub(crate) label_smoothing: f32,
    /// Probability that an input pixel is dropped while training.
    pub(crate) input_dropout: f32,
    /// Probability that a hidden neuron is dropped while training.
    pub(crate) hidden_dropout: f32,
    pub(crate) augment: Augment,
    /// How the numbers above were chosen, for the card.
    pub(crate) choice: &'static str,
}

const fn hidden(outputs: usize) -> LayerPlan {
    LayerPlan::Dense { outputs, bias: false, activation: Activation::Relu }
}

const fn output(outputs: usize) -> LayerPlan {
    LayerPlan::Dense { outputs, bias: false, activation: Activation::Linear }
}

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
        augment: Augment { shift: 1, rotation: 10.0, zoom: 0.1 },
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
        augment: Augment { shift: 1, rotation: 10.0, zoom: 0.1 },
        choice: "Chosen by validation accuracy after 40 epochs with seed 1: this recipe 98.86 %, with shifts of 2 pixels 98.72 %, with\n\
                 5 degrees and 5 % of size 98.74 %, with shifts alone 98.54 %, with label smoothing 0.05 98.90 %, with hidden dropout\n\
                 0.1 98.82 %, with learning rate 0.004 98.86 %, with weight decay 0.1 98.76 %. One standard error is 0.15 points, so\n\
                 the plainest of the good ones was taken. The test digits were first looked at when the recipe was fixed, by the\n\
                 importer of this repository on the file of an identical run: 98.89 %.",
    },
];

/// The recipe of that name, or `None`.
pub(crate) fn find(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.name == name)
}

/// The names of all recipes, for messages.
pub(crate) fn names() -> String {
    RECIPES.iter().map(|recipe| recipe.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_found_by_its_own_name_and_ends_in_ten_linear_outputs() {
        for recipe in RECIPES {
            assert_eq!(
                RECIPES.iter().filter(|other| other.name == recipe.name).count(),
                1,
                "{} is listed twice",
                recipe.name
            );
            assert_eq!(find(recipe.name).unwrap().layers.len(), recipe.layers.len());
            let Some(LayerPlan::Dense { outputs: 10, activation: Activation::Linear, .. }) = recipe.layers.last()
            else {
                panic!("{} does not end in ten linear outputs", recipe.name);
            };
        }
        assert!(find("mnist").is_none());
    }
}
