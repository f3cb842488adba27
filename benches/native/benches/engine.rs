//! `npm run bench` runs this with a folder of models and images in `QUARTIC_BENCH`; criterion's estimates and
//! `memory.json` are what it reads.

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{BenchmarkId, Criterion, SamplingMode};
use ndarray::Array2;
use peak_alloc::PeakAlloc;
use quartic_snn::convert::{Adjustment, Calibration, ConvertOptions};
use quartic_snn::import::read_model;
use quartic_snn::snn::{Network, Precision, RunOptions, Runner};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const PIXELS: usize = 784;
const ROOFLINE_ROWS: u32 = 20_000;

struct Data {
    folder: PathBuf,
    images: Vec<f32>,
    calibration: Vec<f32>,
    steps: usize,
    seed: u64,
}

fn floats(path: PathBuf) -> Vec<f32> {
    bytemuck::allocation::pod_collect_to_vec(&std::fs::read(path).expect("the bench writes it"))
}

fn number<N: std::str::FromStr>(name: &str) -> N {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} is a number"))
}

impl Data {
    fn read() -> Self {
        let folder = PathBuf::from(std::env::var("QUARTIC_BENCH").expect("QUARTIC_BENCH names a folder"));
        let (images, calibration) = (floats(folder.join("images")), floats(folder.join("calibration")));
        Self { folder, images, calibration, steps: number("QUARTIC_STEPS"), seed: number("QUARTIC_SEED") }
    }

    fn models(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.join("models"))
            .expect("the bench writes it")
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The same networks as in WebAssembly.
    fn networks(&self, model: &str) -> Vec<(&'static str, Network)> {
        let bytes = std::fs::read(self.folder.join("models").join(model)).unwrap();
        let ann = read_model(&bytes, None).unwrap().network;
        let rows = self.calibration.len() / PIXELS;
        let calibration = Array2::from_shape_vec((rows, PIXELS), self.calibration.clone()).unwrap();
        let calibration = Calibration::new(&ann, calibration).unwrap();
        let convert = |name, adjustment, precision| {
            let options = ConvertOptions { adjustment, precision, steps: self.steps, ..ConvertOptions::default() };
            (name, options.validate().unwrap().convert(&ann, &calibration).unwrap().network)
        };
        vec![
            convert("plain", Adjustment::None, Precision::F32),
            convert("l4", Adjustment::L4, Precision::F32),
            convert("plain-fixed", Adjustment::None, Precision::Fixed),
            convert("l4-fixed", Adjustment::L4, Precision::Fixed),
        ]
    }

    /// All images through one network; the number of synaptic operations.
    fn pass(&self, runner: &mut Runner<&Network>) -> u64 {
        let run = |(stream, image): (usize, &[f32])| {
            let options =
                RunOptions { steps: self.steps, seed: Some(self.seed), stream: stream as u64, record: vec![] };
            runner.run(image, &options.validate().unwrap()).unwrap().synaptic_operations
        };
        self.images.chunks(PIXELS).enumerate().map(run).sum()
    }
}

/// Bytes that a run takes beyond the weights.
fn memory_of_a_run(data: &Data, network: &Network) -> usize {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let mut runner = Runner::new(network);
    let options = RunOptions { steps: data.steps, seed: Some(data.seed), ..RunOptions::default() };
    black_box(runner.run(&data.images[..PIXELS], &options.validate().unwrap()).unwrap());
    ALLOCATED.peak_usage() - before
}

fn main() {
    let data = Data::read();
    let mut criterion = Criterion::default().sample_size(10).without_plots().configure_from_args();
    let mut rows = Vec::new();
    let mut group = criterion.benchmark_group("engine");
    group.sampling_mode(SamplingMode::Flat);
    for model in data.models() {
        for (method, network) in data.networks(&model) {
            let bytes = memory_of_a_run(&data, &network);
            let mut runner = Runner::new(&network);
            let operations = data.pass(&mut runner);
            let id = format!("{model}-{method}");
            rows.push(format!(
                r#"{{"id":"{id}","model":"{model}","method":"{method}","operations":{operations},"bytes":{bytes}}}"#
            ));
            group.bench_function(BenchmarkId::from_parameter(id), |b| b.iter(|| data.pass(&mut runner)));
        }
    }
    group.bench_function(BenchmarkId::from_parameter("roofline"), |b| {
        b.iter(|| quartic_snn_bench::add_rows(black_box(ROOFLINE_ROWS)));
    });
    group.finish();
    let additions = u64::from(ROOFLINE_ROWS) * u64::from(quartic_snn_bench::width());
    let facts = format!(r#"{{"networks":[{}],"rooflineAdditions":{additions}}}"#, rows.join(","));
    std::fs::write(data.folder.join("facts.json"), facts).expect("the folder can be written to");
}
