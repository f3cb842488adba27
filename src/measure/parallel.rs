//! Evaluates a whole data set at once: on all cores with the feature `parallel`, otherwise on one. The report is the
//! same.

use std::sync::Arc;

#[cfg(all(feature = "parallel", not(target_arch = "wasm32")))]
use rayon::prelude::*;

use super::evaluation::check_data;
use super::{Evaluation, Report, Tallies};
use crate::ann;
use crate::error::Result;
use crate::snn::{CheckedRun, Network};

/// The images that one core takes at a time.
const PART: usize = 32;

/// Evaluates named networks, all converted from `ann`, on `images` (`[n, inputs]`, flat, intensities from 0 to 1) with
/// their `labels`.
///
/// With the feature `parallel`, the images are divided among all cores. Image `i` is encoded with stream `i` of the
/// seed, and the statistics are computed from all images in their order, so the report is the same to the last bit,
/// whatever the number of cores.
///
/// # Errors
/// As [`Evaluation::new`].
pub fn evaluate(
    ann: &Arc<ann::Network>,
    networks: &[(String, Arc<Network>)],
    images: &[f32],
    labels: &[u32],
    options: &CheckedRun,
) -> Result<Report> {
    let part = |first: usize, images: &[f32], labels: &[u32]| {
        let (ann, networks, options) = (Arc::clone(ann), networks.to_vec(), options.clone());
        Evaluation::part(ann, networks, images.to_vec(), labels.to_vec(), first as u64, options)
    };
    let names: Vec<String> = networks.iter().map(|(name, _)| name.clone()).collect();
    // Before anything runs: what is refused does not depend on who is first.
    check_data(ann, images, labels, 0)?;
    let run = |(index, (images, labels)): (usize, (&[f32], &[u32]))| part(index * PART, images, labels)?.finish();
    #[cfg(all(feature = "parallel", not(target_arch = "wasm32")))]
    let parts: Result<Vec<Tallies>> =
        images.par_chunks(PART * ann.inputs()).zip(labels.par_chunks(PART)).enumerate().map(run).collect();
    #[cfg(not(all(feature = "parallel", not(target_arch = "wasm32"))))]
    let parts: Result<Vec<Tallies>> =
        images.chunks(PART * ann.inputs()).zip(labels.chunks(PART)).enumerate().map(run).collect();
    Tallies::join(parts?)?.report(&names, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::{Activation, Dense, Layer};
    use crate::convert::{Adjustment, Calibration, ConvertOptions};
    use crate::snn::RunOptions;
    use ndarray::Array2;

    const IMAGES: usize = 75;

    struct Setting {
        ann: Arc<ann::Network>,
        networks: Vec<(String, Arc<Network>)>,
        images: Vec<f32>,
        labels: Vec<u32>,
        options: CheckedRun,
    }

    fn setting() -> Setting {
        let weights = |outputs, inputs| {
            Array2::from_shape_fn((outputs, inputs), |(j, i)| ((i * 31 + j * 17) % 13) as f32 * 0.1 - 0.4)
        };
        let hidden = Dense::new(weights(20, 6), None, Activation::Relu).unwrap();
        let output = Dense::new(weights(3, 20), None, Activation::Linear).unwrap();
        let ann = ann::Network::new(vec![6], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
        let images: Vec<f32> = (0..IMAGES * 6).map(|k| (k * 7919 % 101) as f32 / 100.0).collect();
        let calibration =
            Calibration::new(&ann, Array2::from_shape_vec((20, 6), images[..120].to_vec()).unwrap()).unwrap();
        let networks = [("plain", Adjustment::None), ("l4", Adjustment::L4)].map(|(name, adjustment)| {
            let options = ConvertOptions { adjustment, ..ConvertOptions::default() }.validate().unwrap();
            (name.to_string(), Arc::new(options.convert(&ann, &calibration).unwrap().network))
        });
        let labels = (0..IMAGES as u32).map(|k| k % 3).collect();
        let options = RunOptions { steps: 150, seed: Some(5), ..RunOptions::default() }.validate().unwrap();
        Setting { ann: Arc::new(ann), networks: networks.into(), images, labels, options }
    }

    fn part(Setting { ann, networks, images, labels, options }: &Setting, first: usize, images_in: usize) -> Tallies {
        let images = images[first * 6..][..images_in * 6].to_vec();
        let labels = labels[first..][..images_in].to_vec();
        Evaluation::part(Arc::clone(ann), networks.clone(), images, labels, first as u64, options.clone())
            .unwrap()
            .finish()
            .unwrap()
    }

    #[test]
    fn the_first_of_several_bad_values_is_told_whichever_core_meets_which() {
        let mut setting = setting();
        for image in [40, 74] {
            setting.images[image * 6] = f32::NAN;
        }
        let error = evaluate(&setting.ann, &setting.networks, &setting.images, &setting.labels, &setting.options);
        assert!(error.unwrap_err().to_string().contains("at index 240"));
    }

    #[test]
    fn a_report_does_not_depend_on_how_the_images_were_shared_out() {
        let setting = setting();
        let names = ["plain".to_string(), "l4".to_string()];
        let whole = part(&setting, 0, IMAGES);
        let expected = whole.report(&names, &setting.options).unwrap();
        assert!(expected.networks[1].spikes_per_image > 1.0 && expected.networks[1].standard_error > 0.0);
        for cuts in [vec![1, 74], vec![40, 35], vec![32, 32, 11], vec![1; IMAGES]] {
            let mut first = 0;
            let mut parts = Vec::new();
            for images in cuts {
                parts.insert(0, part(&setting, first, images)); // In any order.
                first += images;
            }
            let joined = Tallies::join(parts).unwrap();
            assert_eq!(joined, whole);
            assert_eq!(joined.report(&names, &setting.options).unwrap(), expected);
        }
        let Setting { ann, networks, images, labels, options } = &setting;
        assert_eq!(evaluate(ann, networks, images, labels, options).unwrap(), expected);
    }

    #[test]
    fn tallies_as_numbers_are_the_same_tallies() {
        let tallies = part(&setting(), 3, 20);
        let numbers = tallies.to_numbers();
        assert_eq!(Tallies::from_numbers(&numbers).unwrap(), tallies);
        let longer = [&numbers[..], &[0.0]].concat();
        for wrong in [&numbers[1..], &numbers[..3], &[], &longer] {
            assert_eq!(Tallies::from_numbers(wrong).unwrap_err().code(), "shape-mismatch");
        }
    }

    #[test]
    fn parts_that_do_not_follow_on_are_refused() {
        let setting = setting();
        let refusals = [
            vec![],
            vec![part(&setting, 0, 5), part(&setting, 6, 5)],
            vec![part(&setting, 0, 5), part(&setting, 4, 5)],
            vec![part(&setting, 0, 5), Tallies::new(5, 1, 150)],
        ];
        for parts in refusals {
            assert_eq!(Tallies::join(parts).unwrap_err().code(), "shape-mismatch");
        }
    }

    #[test]
    fn a_fault_in_a_part_is_told_with_its_place_in_the_whole() {
        let mut setting = setting();
        setting.images[70 * 6 + 2] = 1.5;
        let Setting { ann, networks, images, labels, options } = &setting;
        let error = evaluate(ann, networks, images, labels, options).unwrap_err();
        assert!(error.to_string().contains("index 422"), "{error}");
        let error = evaluate(ann, networks, &images[1..], labels, options).unwrap_err();
        assert_eq!(error.code(), "shape-mismatch");
    }
}
