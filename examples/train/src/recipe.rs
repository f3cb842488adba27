//! What a recipe says: plain data, one row per demo model (see [`crate::recipes`]).

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

pub(crate) use crate::recipes::RECIPES;

/// What follows the weighted sum of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Activation {
    Relu,
    Linear,
}

/// A layer as a recipe describes it; what it reads follows from the layer before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LayerPlan {
    Dense {
        outputs: usize,
        bias: bool,
        activation: Activation,
    },
    /// Square kernels, one pixel at a time, with `padding` zeros on all sides.
    Conv2d {
        channels: usize,
        kernel: usize,
        padding: usize,
        bias: bool,
        activation: Activation,
    },
    BatchNorm {
        activation: Activation,
    },
    /// Means of squares of `size` x `size` pixels.
    AvgPool2d {
        size: usize,
    },
    /// The largest of squares of `size` x `size` pixels.
    MaxPool2d {
        size: usize,
    },
    Flatten,
}

/// Random changes of the training images, drawn anew each time an image is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Augment {
    /// Largest shift in whole pixels, in either direction of both axes.
    pub(crate) shift: i32,
    /// Largest rotation in degrees, either way. 0 leaves the pixels unsampled.
    pub(crate) rotation: f32,
    /// Largest relative change of size, up or down. 0 leaves the pixels unsampled.
    pub(crate) zoom: f32,
    /// Whether every other copy has left and right exchanged.
    pub(crate) mirror: bool,
}

/// Everything that decides the weights of a model, apart from the data.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    /// [values], or [channels, height, width].
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
    /// Probability that a neuron of a hidden dense layer is dropped while training.
    pub(crate) hidden_dropout: f32,
    pub(crate) augment: Augment,
    /// How the numbers above were chosen, for the card.
    pub(crate) choice: &'static str,
}

impl Recipe {
    /// The shape that each layer reads, and at the end that of the outputs.
    pub(crate) fn shapes(&self) -> Result<Vec<Vec<usize>>> {
        let mut shapes = vec![self.input_shape.to_vec()];
        for plan in self.layers {
            let next = plan.output_shape(&shapes[shapes.len() - 1]).with_context(|| self.name)?;
            shapes.push(next);
        }
        Ok(shapes)
    }
}

impl LayerPlan {
    fn output_shape(self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(match (self, input) {
            (LayerPlan::Dense { outputs, .. }, [_]) => vec![outputs],
            (LayerPlan::Conv2d { channels, kernel, padding, .. }, &[_, height, width])
                if (1..=height.min(width) + 2 * padding).contains(&kernel) =>
            {
                vec![channels, height + 2 * padding + 1 - kernel, width + 2 * padding + 1 - kernel]
            }
            (LayerPlan::AvgPool2d { size } | LayerPlan::MaxPool2d { size }, &[channels, height, width])
                if size > 0 && height.is_multiple_of(size) && width.is_multiple_of(size) =>
            {
                vec![channels, height / size, width / size]
            }
            (LayerPlan::BatchNorm { .. }, _) => input.to_vec(),
            (LayerPlan::Flatten, [_, _, _]) => vec![input.iter().product()],
            _ => bail!("{self:?} cannot read values of shape {input:?}"),
        })
    }
}

/// The recipe of that name, or `None`.
pub(crate) fn find(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.name == name)
}

/// The names of all recipes, for messages.
pub(crate) fn names() -> String {
    RECIPES.iter().map(|recipe| recipe.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One of each kind of layer.
    pub(crate) fn tiny_cnn() -> Recipe {
        const LAYERS: &[LayerPlan] = &[
            LayerPlan::Conv2d { channels: 4, kernel: 5, padding: 1, bias: true, activation: Activation::Linear },
            LayerPlan::BatchNorm { activation: Activation::Relu },
            LayerPlan::AvgPool2d { size: 2 },
            LayerPlan::Flatten,
            LayerPlan::Dense { outputs: 10, bias: false, activation: Activation::Linear },
        ];
        let plain = find("mnist-mlp-small").unwrap().clone();
        Recipe { name: "tiny-cnn", input_shape: &[1, 28, 28], layers: LAYERS, ..plain }
    }

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
            assert_eq!(recipe.input_shape.iter().product::<usize>(), crate::data::PIXELS);
            assert_eq!(recipe.shapes().unwrap().last().unwrap(), &[10]);
            let Some(LayerPlan::Dense { outputs: 10, activation: Activation::Linear, .. }) = recipe.layers.last()
            else {
                panic!("{} does not end in ten linear outputs", recipe.name);
            };
        }
        assert!(find("mnist").is_none());
    }

    #[test]
    fn shapes_follow_from_layer_to_layer() {
        let shapes = tiny_cnn().shapes().unwrap();
        assert_eq!(shapes, [vec![1, 28, 28], vec![4, 26, 26], vec![4, 26, 26], vec![4, 13, 13], vec![676], vec![10]]);
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        for (input_shape, layer) in [
            (&[1, 28, 28][..], LayerPlan::Dense { outputs: 10, bias: false, activation: Activation::Relu }),
            (&[784], LayerPlan::AvgPool2d { size: 2 }),
            (&[1, 28, 28], LayerPlan::AvgPool2d { size: 3 }),
            (&[784], LayerPlan::Flatten),
        ] {
            let recipe = Recipe { input_shape, layers: Box::leak(Box::new([layer])), ..tiny_cnn() };
            assert!(recipe.shapes().is_err(), "{layer:?} on {input_shape:?}");
        }
    }
}
