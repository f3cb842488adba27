//! The model card: what a user of the weights should know, in Markdown.

use std::fmt::Write;
use std::time::Duration;

use candle_core::utils::get_num_threads;
use sha2::{Digest, Sha256};

use crate::data::About;
use crate::model::Model;
use crate::recipe::{LayerPlan, Recipe};

/// The exact version of candle, which Cargo.toml pins.
const LIBRARY_VERSION: &str = "0.11.1";

/// Rightly named images out of a set, before and after rounding to half precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    pub(crate) images: usize,
    pub(crate) full: usize,
    pub(crate) stored: usize,
}

impl Score {
    pub(crate) fn percent(&self, right: usize) -> f64 {
        100.0 * right as f64 / self.images as f64
    }
}

/// What a training run found.
pub(crate) struct Report<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) about: &'static About,
    pub(crate) command: String,
    pub(crate) source: String,
    pub(crate) model: &'a Model,
    pub(crate) validation: Score,
    /// `None` where the run was told not to look.
    pub(crate) test: Option<Score>,
    pub(crate) time: Duration,
    pub(crate) file: &'a [u8],
}

impl Report<'_> {
    /// The whole card.
    pub(crate) fn card(&self) -> String {
        let name = self.recipe.name;
        [
            format!("# {name}\n\nWritten by the trainer in `examples/train`; do not edit by hand.\n"),
            self.use_and_limits(),
            format!("## Data\n\n{}", self.data()),
            format!("## Network\n\n{}", self.network()),
            format!("## Recipe\n\n{}", self.how()),
            format!("## Accuracy\n\n{}", self.accuracy()),
            format!("## File\n\n{}", self.file()),
        ]
        .join("\n")
    }

    fn use_and_limits(&self) -> String {
        let About { task, limits, .. } = self.about;
        format!(
            "A ReLU network that {task}. Intended use: a small, well-known network on which the conversion to\n\
             spikes can be watched and measured.\n\n\
             Limits: {limits} Licence of the weights: that of this repository.\n"
        )
    }

    fn data(&self) -> String {
        let about = self.about;
        format!(
            "{} Read from: {}.\n{}\n\n{}\n\
             Pixels are divided by 255, so that inputs are intensities in 0..1; there is no other preprocessing.\n",
            about.origin, self.source, about.licence, about.split
        )
    }

    fn network(&self) -> String {
        let has = |what: fn(&LayerPlan) -> bool| self.recipe.layers.iter().any(what);
        let convolves = has(|plan| matches!(plan, LayerPlan::Conv2d { .. }));
        let bias =
            has(|plan| matches!(plan, LayerPlan::Dense { bias: true, .. } | LayerPlan::Conv2d { bias: true, .. }));
        let norm = has(|plan| matches!(plan, LayerPlan::BatchNorm { .. }));
        format!(
            "{}.\n\n{}, ReLU after each hidden {}, linear output,\n{}. {} parameters.\n",
            self.layers(),
            if bias { "With biases" } else { "No biases" },
            if convolves { "dense layer and each convolution" } else { "layer" },
            if norm { "batch normalisation before the ReLU of each convolution" } else { "no normalisation layers" },
            grouped(self.model.parameters())
        )
    }

    fn how(&self) -> String {
        let recipe = self.recipe;
        let augment = recipe.augment;
        format!(
            "| | |\n|---|---|\n\
             | command | `{}` |\n\
             | seed | {} |\n\
             | epochs, batch | {}, {} |\n\
             | optimiser | AdamW, weight decay {} |\n\
             | learning rate | rises to {} in the first epoch, then falls to 0 along a half cosine |\n\
             | loss | cross-entropy, label smoothing {} |\n\
             | dropout | input {}, hidden {} |\n\
             | augmentation | shift up to {} pixels, rotation up to {} degrees, size up to {} %{} |\n\
             | initial weights | uniform, variance 2 / inputs |\n\
             | library | candle {LIBRARY_VERSION}, 32-bit floats, on the CPU |\n\
             | time | {:.0} s on {} of {} cores ({}) |\n\n\
             {}The weights are those after the last epoch. A repeated run with the same seed on the same kind of machine gives\n\
             the same file, byte for byte, whatever the number of threads. On another kind of processor the matrix product may\n\
             sum in another order, and the file may differ slightly.\n",
            self.command,
            recipe.seed,
            recipe.epochs,
            recipe.batch,
            recipe.weight_decay,
            recipe.learning_rate,
            recipe.label_smoothing,
            recipe.input_dropout,
            recipe.hidden_dropout,
            augment.shift,
            augment.rotation,
            100.0 * augment.zoom,
            if augment.mirror { ", mirrored with probability 1/2" } else { "" },
            self.time.as_secs_f64(),
            get_num_threads(),
            std::thread::available_parallelism().map_or(1, usize::from),
            std::env::consts::ARCH,
            if recipe.choice.is_empty() { String::new() } else { format!("{}\n\n", recipe.choice) },
        )
    }

    fn accuracy(&self) -> String {
        let images = self.about.images;
        let mut text = format!("| {images} | trained, 32 bit | as stored, 16 bit |\n|---|---|---|\n");
        let mut row = |what: &str, score: &Score| {
            let (full, stored) = (score.percent(score.full), score.percent(score.stored));
            writeln!(text, "| {} {what} | {full:.2} % | {stored:.2} % |", grouped(score.images)).expect("text grows");
        };
        row("validation", &self.validation);
        if let Some(test) = &self.test {
            row("test", test);
        }
        text.push('\n');
        match self.test {
            Some(_) => writeln!(
                text,
                "The test {images} played no part in any choice: recipes were chosen by runs that did not read them (`--no-test`).\n\
                 The run that wrote this card used them once, after training, for the row above."
            ),
            None => writeln!(text, "The test {images} have not been looked at: this is a draft, trained with `--no-test`."),
        }
        .expect("text grows");
        text
    }

    fn file(&self) -> String {
        let hash = Sha256::digest(self.file).iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        format!(
            "`{}.safetensors`, {} bytes, half precision. {};\n\
             the metadata key `quartic-snn` describes the network as JSON. sha256:\n\n    {hash}\n",
            self.recipe.name,
            grouped(self.file.len()),
            if self.recipe.input_shape.len() == 1 {
                "Tensors `layers.N.weight` are [outputs, inputs]"
            } else {
                "Weights are [outputs, inputs] or [outputs, inputs, height, width]"
            }
        )
    }

    /// The layers, as in 784-128-10 or 1x28x28, conv 16 5x5, average pool 2x2, 10.
    fn layers(&self) -> String {
        let sizes = |shape: &[usize], mark: &str| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(mark);
        let layer = |plan: &LayerPlan| match plan {
            LayerPlan::Dense { outputs, .. } => Some(outputs.to_string()),
            LayerPlan::Conv2d { channels, kernel, .. } => Some(format!("conv {channels} {kernel}x{kernel}")),
            LayerPlan::AvgPool2d { size } => Some(format!("average pool {size}x{size}")),
            LayerPlan::MaxPool2d { size } => Some(format!("max pool {size}x{size}")),
            LayerPlan::BatchNorm { .. } | LayerPlan::Flatten => None,
        };
        let input = std::iter::once(sizes(self.recipe.input_shape, "x"));
        let layers = input.chain(self.recipe.layers.iter().filter_map(layer)).collect::<Vec<_>>();
        layers.join(if self.recipe.input_shape.len() == 1 { "-" } else { ", " })
    }
}

/// 1234567 as 1,234,567.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_names_the_pinned_version_of_the_library() {
        let pinned = format!("candle-core = \"={LIBRARY_VERSION}\"");
        assert!(include_str!("../Cargo.toml").contains(&pinned), "{pinned}");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let expected = [(0, "0"), (999, "999"), (1_000, "1,000"), (60_000, "60,000"), (1_234_567, "1,234,567")];
        for (number, text) in expected {
            assert_eq!(grouped(number), text);
        }
    }
}
